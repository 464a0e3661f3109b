/** A name that every policy allows and that resolves to the host's loopback, so that a probe sees the address check at work. */
import type { HostRule } from "../manifest/manifest.ts";

/** `.invalid` exists nowhere (RFC 6761 section 6.4). */
export const addressProbeHost: string = "address-probe.claude-bottle.invalid";

/** Goes into the gateway's allow rules beside those of the manifest. */
export const addressProbeRule: HostRule = {
  host: addressProbeHost,
  ports: [80],
  scheme: "http",
  methods: ["GET"],
};

type Resolve = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: 4 | 6 }[]>;

/** The gateway's resolver, with that one name added; nothing is asked about it on any network. */
export function withAddressProbe(resolve: Resolve): Resolve {
  return (host) =>
    host === addressProbeHost
      ? Promise.resolve([{ address: "127.0.0.1", family: 4 }])
      : resolve(host);
}

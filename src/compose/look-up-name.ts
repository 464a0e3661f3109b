/** The names of upstreams, asked of this system's resolver. */
import { lookup } from "node:dns/promises";
import type { ResolvedAddress } from "../gateway/address.ts";
import type { UpstreamProxy } from "../gateway/config.ts";

type LookUpName = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Every address, in the order the resolver gives them. The owner's own proxy is found as every program here finds it. */
export function createLookUp(proxy: Pick<UpstreamProxy, "url"> | null): LookUpName {
  const own = proxy === null ? undefined : new URL(proxy.url).hostname;
  return async (host) => {
    const name = host === own ? host : absoluteName(host);
    const found = await lookup(name, { all: true, verbatim: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  };
}

/**
 * With a last dot a name is looked up as it is; without, one that does not exist is tried below the search domains of this
 * machine too (resolv.conf(5), search). Names of one label stand in the hosts file alone, which knows no dots.
 */
export function absoluteName(host: string): string {
  return host.includes(".") ? `${host}.` : host;
}

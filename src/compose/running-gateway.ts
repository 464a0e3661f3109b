/** One bottle's gateway at work, made of its rules and its authority: what is the same in the supervisor and beside a bottle. */
import { doorPort } from "../helper/protocol.ts";
import type { AuditEvent, GatewayConfig } from "../gateway/config.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { CertificateAuthority } from "../gateway/tls/authority.ts";
import { withAddressProbe } from "../proof/address-probe.ts";
import { createLookUp } from "./look-up-name.ts";

export interface RunningDeps {
  readonly ca: CertificateAuthority;
  readonly audit: (event: AuditEvent) => void;
  readonly writable?: () => boolean;
}

/** Names are asked of this machine. Inside, the door is the helper's, whatever the link behind it. */
export function runGateway(config: GatewayConfig, deps: RunningDeps): Gateway {
  return createGateway(config, {
    ...deps,
    now: () => Date.now(),
    resolve: withAddressProbe(createLookUp(config.upstreamProxy)),
    door: { host: "127.0.0.1", port: doorPort },
  });
}

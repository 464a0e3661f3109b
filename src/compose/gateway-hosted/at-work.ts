/** From what came over the wire to a gateway that answers: credentials are compiled here, to the placeholders that the bottle has. */
import { BottleError } from "../../errors/error.ts";
import type { Engine, GatewayConfig } from "../../gateway/config.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { createCertificateAuthority } from "../../gateway/tls/authority.ts";
import { prepareCredentials } from "../credentials.ts";
import { namesOf } from "../gateway-config.ts";
import { runGateway } from "../running-gateway.ts";
import type { RunningDeps } from "../running-gateway.ts";
import type { Material } from "./messages.ts";

export interface HostedWork {
  readonly gateway: Gateway;
  /** Throws, and keeps the old ones, where they cannot serve. */
  replace(secrets: readonly string[], why: string): void;
}

/** `engine`: the far one, where the material has one. */
export function putToWork(
  material: Material,
  deps: Omit<RunningDeps, "ca">,
  engine?: Engine,
): HostedWork {
  const { credentials, authority } = material;
  const seed = Buffer.from(material.seed, "base64");
  const configWith = (secrets: readonly string[]): GatewayConfig => ({
    ...material.config,
    ...(engine !== undefined && { engine }),
    credentials: prepareCredentials({ plan: { credentials }, secrets }, { seed }).compiled,
  });
  const config = configWith(material.secrets);
  const now = (): Date => new Date();
  const ca = createCertificateAuthority({ names: namesOf(config), now, kept: authority });
  // One that is too old, by this clock, would be made anew: the bottle trusts the other.
  if (ca.caPem !== authority.caPem) throw wrongClock();
  const gateway = runGateway(config, { ...deps, ca });
  return {
    gateway,
    replace(secrets, why) {
      gateway.replace(configWith(secrets), why);
    },
  };
}

/** Certificates, here and of upstreams, are good by the clock alone. */
export function wrongClock(minutes?: number): BottleError {
  return new BottleError({
    code: "E_GATEWAY_CLOCK",
    what: "The clock of the machine where the bottle runs is wrong, or this one's is.",
    why:
      minutes === undefined
        ? "The bottle's authority, made just now, is out of date there."
        : `They are ${minutes} minutes apart.`,
    next: "Set both right (`timedatectl` tells and sets), and start again.",
  });
}

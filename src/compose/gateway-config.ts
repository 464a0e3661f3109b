/** What the gateway of one bottle is told: all of it data, but the credentials, which are compiled where it runs. */
import type { Credential, GatewayConfig } from "../gateway/config.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import { addressProbeRule } from "../proof/address-probe.ts";
import { readRevocationLists } from "./crl.ts";
import { blockedEnv } from "./env.ts";
import { trustedRoots } from "./roots.ts";
import { upstreamProxyOf } from "./upstream-proxy.ts";

/** Reads the files that the order names: a hosted gateway has none of this host. */
export async function gatewayConfig(
  order: LaunchOrder,
  credentials: readonly Credential[],
): Promise<GatewayConfig> {
  const { plan } = order;
  const [upstreamProxy, extraCa, crl] = await Promise.all([
    upstreamProxyOf(order),
    trustedRoots(order.extraCaFiles),
    readRevocationLists(plan.egress.crl),
  ]);
  return {
    id: plan.id,
    allow: [...plan.egress.allow, addressProbeRule],
    deny: plan.egress.deny,
    credentials,
    blockedValues: blockedEnv(plan, order.env),
    extraCa,
    crl,
    upstreamProxy,
    breakBoundary: order.breakBoundary,
  };
}

/** Every name that may be intercepted: the CA can sign for no other. */
export function namesOf({ allow, credentials }: GatewayConfig): readonly string[] {
  const bound = credentials.flatMap((credential) => credential.authorities.map(({ host }) => host));
  return [...new Set([...allow.map(({ host }) => host), ...bound])];
}

/** A name that CONNECT to port 443 is granted for; addresses and wildcards do not serve the fronting probes. */
export function allowedAuthority({ allow, deny, credentials }: GatewayConfig): string | null {
  const bound = credentials.flatMap((credential) => credential.authorities);
  const rules = allow.filter(({ scheme, ports }) => scheme === "https" && ports.includes(443));
  const names = [
    ...bound.filter(({ scheme, port }) => scheme === "https" && port === 443),
    ...rules,
  ].map(({ host }) => host);
  const denied = new Set(deny.map(({ host }) => host));
  return names.find((name) => /^(?=.*[a-z])[a-z0-9.-]+$/.test(name) && !denied.has(name)) ?? null;
}

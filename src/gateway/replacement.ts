/** What of a configuration a living gateway can take over. */
import { isDeepStrictEqual } from "node:util";
import type { GatewayConfig } from "./config.ts";
import { needsRestart } from "./needs-restart.ts";

/** Throws where new rules need what was made once: the certificate authority, trust, the way out. */
export function checkReplacement(
  before: GatewayConfig,
  next: GatewayConfig,
  ca: { speaksFor(pattern: string): boolean },
): void {
  const fixed = ["id", "extraCa", "upstreamProxy", "breakBoundary"] as const;
  for (const part of fixed)
    if (!isDeepStrictEqual(before[part], next[part])) throw needsRestart(`\`${part}\` changed.`);
  const rules = next.allow.filter(({ scheme }) => scheme === "https");
  const bound = next.credentials.flatMap(({ authorities }) =>
    authorities.filter(({ scheme }) => scheme === "https"),
  );
  for (const { host } of [...rules, ...bound])
    if (!ca.speaksFor(host))
      throw needsRestart(`The bottle's certificate authority was not made for ${host}.`);
}

/** What of a configuration a living gateway can take over. */
import { isDeepStrictEqual } from "node:util";
import type { GatewayConfig } from "./config.ts";
import { needsRestart } from "./needs-restart.ts";

type Part = keyof GatewayConfig;

/** Everything else was looked at once, when the gateway was made. */
const replaced: ReadonlySet<string> = new Set<Part>([
  "allow",
  "deny",
  "credentials",
  "blockedValues",
  "crl",
]);

/** Throws where new rules need what was made once: the certificate authority, trust, the way out. */
export function checkReplacement(
  before: GatewayConfig,
  next: GatewayConfig,
  ca: { speaksFor(pattern: string): boolean },
): void {
  for (const part of new Set([...Object.keys(before), ...Object.keys(next)]))
    if (!replaced.has(part) && !isDeepStrictEqual(before[part as Part], next[part as Part]))
      throw needsRestart(`\`${part}\` changed.`);
  const rules = next.allow.filter(({ scheme }) => scheme === "https");
  const bound = next.credentials.flatMap(({ authorities }) =>
    authorities.filter(({ scheme }) => scheme === "https"),
  );
  for (const { host } of [...rules, ...bound])
    if (!ca.speaksFor(host))
      throw needsRestart(`The bottle's certificate authority was not made for ${host}.`);
}

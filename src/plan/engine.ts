/** What an engine cannot stand beside: a plan never promises what it would not hold. */
import { BottleError } from "../errors/error.ts";
import type { BottleSpec, EngineSpec, HostRule, LinkName } from "../manifest/manifest.ts";
import { quote } from "../manifest/quote.ts";

type Judged = Pick<BottleSpec, "engine" | "upstreamProxy" | "credentials" | "allow" | "deny">;

export function refuseEngine(bottle: Judged, link: LinkName): void {
  const { engine, upstreamProxy } = bottle;
  if (engine === undefined) return;
  if (link !== "socket")
    throw refused(
      engine,
      `The engine runs beside the supervisor, and the gateway of the link ${link} does not.`,
      "Use the link socket, or leave the engine out.",
    );
  if (engine.as !== "verdict" && upstreamProxy !== null)
    throw refused(
      engine,
      `${engine.name} goes through no other proxy, and the bottle has an upstreamProxy.`,
      "Let it give verdicts (`as: verdict`), or leave one of the two out.",
    );
  if (engine.as === "alone") refuseAlone(engine, bottle);
}

/** Alone it holds no credential, and knows hosts by their names and nothing else. */
function refuseAlone(engine: EngineSpec, { credentials, allow, deny }: Judged): void {
  if (credentials.length > 0)
    throw refused(
      engine,
      `Nobody puts a credential into requests where ${engine.name} is alone, and the bottle has ${credentials.length}.`,
      "Let it give verdicts (`as: verdict`), or leave the credentials out.",
    );
  if (deny.length > 0)
    throw refused(engine, `${engine.name} alone has no rules that deny.`, "Remove deny.");
  for (const rule of allow) {
    const why = inexact(rule, allow);
    if (why !== undefined)
      throw refused(
        engine,
        `The rule for ${quote(rule.host)} ${why}, which ${engine.name} alone cannot hold.`,
        "Let it give verdicts (`as: verdict`), or write the rule without that.",
      );
  }
}

/** What of a rule would be more there than it is here. */
function inexact(rule: HostRule, allow: readonly HostRule[]): string | undefined {
  const { host, ports, scheme, methods, paths } = rule;
  if (methods !== undefined || paths !== undefined) return "has methods or paths";
  if (ports.some((port) => port !== (scheme === "https" ? 443 : 80))) return "names ports";
  if (/^[\d.]+$|:/.test(host)) return "is for an address";
  if (!host.startsWith("*.")) return undefined;
  const apex = host.slice(2);
  // There `*.` covers the name itself as well.
  return allow.some((one) => one.host === apex) ? undefined : `is not for ${apex} itself`;
}

function refused({ name, as }: EngineSpec, why: string, next: string): BottleError {
  return new BottleError({
    code: "E_PLAN_ENGINE",
    what: `${name} cannot be the engine of this bottle as ${as}.`,
    why,
    next,
  });
}

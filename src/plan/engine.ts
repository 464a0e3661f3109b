/** What an engine cannot stand beside: a plan never promises what it would not hold. */
import { BottleError } from "../errors/error.ts";
import type { BottleSpec, EngineSpec, LinkName } from "../manifest/manifest.ts";

export function refuseEngine(
  { engine, upstreamProxy }: Pick<BottleSpec, "engine" | "upstreamProxy">,
  link: LinkName,
): void {
  if (engine === undefined) return;
  if (engine.as === "last-hop" && link !== "socket")
    throw refused(
      engine,
      `${engine.name}'s proxy is on this machine's loopback address, which the gateway of the link ${link} does not reach.`,
      "Let it give verdicts (`as: verdict`), or use the link socket.",
    );
  if (engine.as === "last-hop" && upstreamProxy !== null)
    throw refused(
      engine,
      `${engine.name} goes through no other proxy, and the bottle has an upstreamProxy.`,
      "Let it give verdicts (`as: verdict`), or leave one of the two out.",
    );
}

function refused({ name, as }: EngineSpec, why: string, next: string): BottleError {
  return new BottleError({
    code: "E_PLAN_ENGINE",
    what: `${name} cannot be the engine of this bottle as ${as}.`,
    why,
    next,
  });
}

/** Which agent is meant: the named one, or the only one. */
import { BottleError } from "../errors/error.ts";
import { closest } from "../manifest/closest.ts";
import type { AgentSpec, BottleSpec, Manifest } from "../manifest/manifest.ts";
import { quote } from "../manifest/quote.ts";

export interface ChosenAgent {
  readonly agent: AgentSpec;
  readonly bottle: BottleSpec;
}

/** Throws E_PLAN_AGENT, listing the agents there are, if none or more than one could be meant. */
export function chooseAgent(manifest: Manifest, name: string | undefined): ChosenAgent {
  const names = [...manifest.agents.keys()];
  const wanted = name ?? (names.length === 1 ? names[0] : undefined);
  const agent = wanted === undefined ? undefined : manifest.agents.get(wanted);
  const bottle = agent === undefined ? undefined : manifest.bottles.get(agent.bottle);
  if (agent !== undefined && bottle !== undefined) return { agent, bottle };
  const near = name === undefined ? undefined : closest(name, names);
  throw new BottleError({
    code: "E_PLAN_AGENT",
    what:
      name === undefined
        ? names.length === 0
          ? "The manifest has no agent."
          : "There is more than one agent."
        : `There is no agent ${quote(name)}.`,
    next:
      near !== undefined
        ? `Did you mean "${near}"?`
        : names.length === 0
          ? "Define one under agents."
          : `Name one of: ${names.toSorted().join(", ")}.`,
    place: { file: manifest.file },
  });
}

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
  // A project that nobody trusts must not become what a bare `bottle start` runs, nor get in its way.
  const own = [...manifest.agents.values()].filter(({ project }) => project !== "untrusted");
  const [only, ...more] = own;
  const agent =
    name === undefined ? (more.length === 0 ? only : undefined) : manifest.agents.get(name);
  const bottle = agent === undefined ? undefined : manifest.bottles.get(agent.bottle);
  if (agent !== undefined && bottle !== undefined) return { agent, bottle };
  throw noAgent(manifest, name, only === undefined);
}

/** Hints are part of the answer: the agent may be one of a project that was ignored. */
function noAgent(manifest: Manifest, name: string | undefined, none: boolean): BottleError {
  const names = [...manifest.agents.keys()];
  const near = name === undefined ? undefined : closest(name, names);
  return new BottleError({
    code: "E_PLAN_AGENT",
    what:
      name !== undefined
        ? `There is no agent ${quote(name)}.`
        : none
          ? "The manifest has no agent."
          : "There is more than one agent.",
    ...(manifest.hints.length > 0 && { why: manifest.hints.join(" ") }),
    next:
      near !== undefined
        ? `Did you mean "${near}"?`
        : names.length === 0
          ? "Define one under agents."
          : `Name one of: ${names.toSorted().join(", ")}.`,
    place: { file: manifest.file },
  });
}

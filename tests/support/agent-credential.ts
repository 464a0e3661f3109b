/** A credential as an agent's recipe is told of it. */
import type { AgentContext } from "../../src/lifecycle/agent.ts";

type Told = AgentContext["credentials"][number];

export function agentCredential(more: Partial<Told> & Pick<Told, "placeholder">): Told {
  return {
    name: "anthropic",
    preset: "anthropic",
    kind: "oauth",
    routePrefix: undefined,
    inside: { env: {}, seeds: [] },
    ...more,
  };
}

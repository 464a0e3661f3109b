/** How an agent is handed the placeholder of a model credential: in the variables that its programs know. */
import type { AgentContext } from "../lifecycle/agent.ts";

export type ModelCredential = AgentContext["credentials"][number];

/** The bottle's credential for the model, if it has one. */
export function modelCredential(
  context: Pick<AgentContext, "credentials">,
): ModelCredential | undefined {
  return context.credentials.find((credential) => credential.kind !== "header");
}

/** The variable follows the kind of the real secret: only the OAuth one makes clients send the OAuth beta header. */
export function modelEnvironment(
  context: Pick<AgentContext, "credentials" | "door">,
): Readonly<Record<string, string>> {
  const found = modelCredential(context);
  if (found === undefined) return {};
  return {
    ...(found.routePrefix === undefined
      ? {}
      : { ANTHROPIC_BASE_URL: context.door + found.routePrefix }),
    [found.kind === "oauth" ? "CLAUDE_CODE_OAUTH_TOKEN" : "ANTHROPIC_API_KEY"]: found.placeholder,
  };
}

/** How an agent is handed the placeholder of a model credential: in the variables that its programs know. */
import type { AgentContext } from "../lifecycle/agent.ts";

export type ModelCredential = AgentContext["credentials"][number];

/** The models whose programs know a variable for the base URL. */
export type ModelName = "anthropic" | "gemini" | "openai";

const variables: Readonly<Record<ModelName, { readonly url: string; readonly key: string }>> = {
  anthropic: { url: "ANTHROPIC_BASE_URL", key: "ANTHROPIC_API_KEY" },
  gemini: { url: "GOOGLE_GEMINI_BASE_URL", key: "GEMINI_API_KEY" },
  openai: { url: "OPENAI_BASE_URL", key: "OPENAI_API_KEY" },
};

/** The bottle's credential for a model, if it has one. */
export function modelCredential(
  context: Pick<AgentContext, "credentials">,
  model: ModelName,
): ModelCredential | undefined {
  return context.credentials.find(({ preset }) => preset === model);
}

/** The URL that stands for the model's inside: the route door's. */
export function modelUrl(
  { door }: Pick<AgentContext, "door">,
  { routePrefix }: ModelCredential,
): string | undefined {
  return routePrefix === undefined ? undefined : door + routePrefix;
}

/** The variable follows the kind of the real secret: only the OAuth one makes clients send the OAuth beta header. */
export function modelEnvironment(
  context: Pick<AgentContext, "credentials" | "door">,
  model: ModelName,
): Readonly<Record<string, string>> {
  const found = modelCredential(context, model);
  if (found === undefined) return {};
  const { url, key } = variables[model];
  const base = modelUrl(context, found);
  return {
    ...(base !== undefined && { [url]: model === "openai" ? `${base}/v1` : base }),
    [found.kind === "oauth" ? "CLAUDE_CODE_OAUTH_TOKEN" : key]: found.placeholder,
  };
}

/** For programs of any kind. */
export function everyModel(
  context: Pick<AgentContext, "credentials" | "door">,
): Readonly<Record<string, string>> {
  return {
    ...modelEnvironment(context, "anthropic"),
    ...modelEnvironment(context, "gemini"),
    ...modelEnvironment(context, "openai"),
  };
}

/** Files in the bottle's home that spare Claude Code its first-run questions, which also go around the base URL. */
import type { AgentContext, AgentRecipe } from "../../lifecycle/agent.ts";
import type { ModelCredential } from "../placeholder.ts";

export function claudeSeeds(
  context: AgentContext,
  credential: ModelCredential | undefined,
): AgentRecipe["seeds"] {
  const { settings = {}, servers = {} } = context.brought ?? {};
  // An API key is asked about once, unless its last 20 characters are known.
  const approved = credential?.kind === "api-key" ? [credential.placeholder.slice(-20)] : [];
  return [
    json(".claude.json", {
      hasCompletedOnboarding: true,
      bypassPermissionsModeAccepted: true,
      customApiKeyResponses: { approved, rejected: [] },
      projects: { [context.workspace]: { hasTrustDialogAccepted: true } },
      ...(Object.keys(servers).length === 0 ? {} : { mcpServers: servers }),
    }),
    json(".claude/settings.json", {
      // The owner's looks and habits; what the bottle needs goes over them.
      ...settings,
      skipDangerousModePermissionPrompt: true,
      // The check asks api.anthropic.com about every domain; here the gateway decides.
      skipWebFetchPreflight: true,
    }),
  ];
}

function json(path: string, value: object): AgentRecipe["seeds"][number] {
  return { path, content: `${JSON.stringify(value, undefined, 2)}\n`, mode: 0o600 };
}

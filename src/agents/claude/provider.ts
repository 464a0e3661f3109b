/** The agent provider `claude`: the pinned Claude Code, held by the gateway's placeholder. */
import { existsSync } from "node:fs";
import type { AgentProvider } from "../../lifecycle/agent.ts";
import { bringClaude } from "./bring/bring.ts";
import { installClaude } from "./install.ts";
import { claudeRecipe } from "./recipe.ts";
import type { ClaudePlatform } from "./release.ts";
import { claudeRelease, requireGlibc } from "./release.ts";

export interface ClaudeHost extends ClaudePlatform {
  /** For npm, when the program must be downloaded. */
  readonly env: NodeJS.ProcessEnv;
}

/** The provider on a given machine. */
export function createClaudeProvider(host: ClaudeHost): AgentProvider {
  return {
    name: "claude",
    async install({ cacheDir, progress }) {
      const release = claudeRelease(host);
      requireGlibc(release, host);
      return installClaude({ cacheDir, progress, env: host.env, release });
    },
    recipe: claudeRecipe,
    bring: bringClaude,
  };
}

/** The provider on this machine. */
export const claudeProvider: AgentProvider = createClaudeProvider({
  platform: process.platform,
  arch: process.arch,
  exists: existsSync,
  env: process.env,
});

/** The agent provider `codex`: the pinned codex, held by the gateway's placeholder. */
import { join } from "node:path";
import type { AgentProvider } from "../../lifecycle/agent.ts";
import { installPackage } from "../package-install.ts";
import { codexRecipe } from "./recipe.ts";
import { codexRelease } from "./release.ts";

/** The provider on this machine. */
export const codexProvider: AgentProvider = {
  name: "codex",
  async install({ cacheDir, progress }) {
    const release = codexRelease(process);
    const folder = join(cacheDir, "agents", "codex");
    const files = await installPackage({ release, folder, cacheDir, env: process.env, progress });
    return { provider: "codex", version: release.version, program: join(files, "bin", "codex") };
  },
  recipe: codexRecipe,
};

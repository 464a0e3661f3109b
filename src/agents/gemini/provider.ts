/** The agent provider `gemini`: the pinned gemini-cli, held by the gateway's placeholder. */
import { join } from "node:path";
import type { AgentProvider } from "../../lifecycle/agent.ts";
import { installPackage } from "../package-install.ts";
import { geminiRecipe } from "./recipe.ts";
import { geminiRelease } from "./release.ts";

/** The provider on this machine. */
export const geminiProvider: AgentProvider = {
  name: "gemini",
  async install({ cacheDir, progress }) {
    const release = geminiRelease;
    const folder = join(cacheDir, "agents", "gemini");
    const files = await installPackage({ release, folder, cacheDir, env: process.env, progress });
    const program = join(files, "bundle", "gemini.js");
    return { provider: "gemini", version: release.version, program };
  },
  recipe: geminiRecipe,
};

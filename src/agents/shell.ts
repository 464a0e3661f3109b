/** The agent provider `shell`: any command of the bottle's own system. */
import type {
  AgentContext,
  AgentProvider,
  AgentRecipe,
  InstalledAgent,
} from "../lifecycle/agent.ts";
import { everyModel } from "./placeholder.ts";

export const shellProvider: AgentProvider = {
  name: "shell",
  install: () => Promise.resolve({ provider: "shell", version: "system", program: undefined }),
  recipe: shellRecipe,
};

/** Which shells a bottle's system has is only known inside. */
const bestShell = "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi";

function shellRecipe(_installed: InstalledAgent, context: AgentContext): AgentRecipe {
  return { argv: shellCommand(context), env: everyModel(context), seeds: [], mounts: [] };
}

/** A prompt is a script with the arguments as `$1`…; arguments alone are a command; neither is a shell. */
function shellCommand({ prompt, args }: AgentContext): readonly string[] {
  if (prompt !== null) return ["/bin/sh", "-c", prompt, "sh", ...args];
  if (args.length > 0) return args;
  return ["/bin/sh", "-c", bestShell];
}

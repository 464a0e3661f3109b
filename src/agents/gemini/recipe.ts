/** How gemini-cli runs in a bottle: command, variables and seed files (facts measured with 0.61.0). */
import { dirname } from "node:path";
import type { AgentContext, AgentRecipe, InstalledAgent } from "../../lifecycle/agent.ts";
import { modelEnvironment } from "../placeholder.ts";
import { promptTooLong, tooLong } from "../prompt.ts";

const inside = "/opt/claude-bottle/gemini";
/** The Node that every bottle has. */
const node = "/opt/claude-bottle/node";
const program = `${inside}/bundle/gemini.js`;

export function geminiRecipe(installed: InstalledAgent, context: AgentContext): AgentRecipe {
  if (installed.program === undefined)
    throw new TypeError("gemini-cli is installed without a program");
  return {
    argv: geminiCommand(context),
    env: {
      GOOGLE_GEMINI_BASE_URL: `${context.door}/gemini`,
      ...modelEnvironment(context, "gemini"),
    },
    seeds: [
      {
        path: ".gemini/settings.json",
        content: `${JSON.stringify(settings, undefined, 2)}\n`,
        mode: 0o600,
      },
    ],
    mounts: [{ source: dirname(dirname(installed.program)), target: inside, mode: "ro" }],
  };
}

/** Own options first, so that the user's win; a prompt stands behind its option's sign, so that it is never taken for one. */
function geminiCommand({ interactive, prompt, args, resume }: AgentContext): readonly string[] {
  const asked =
    prompt === null ? [] : [`--${interactive ? "prompt-interactive" : "prompt"}=${prompt}`];
  if (asked.some(tooLong)) throw promptTooLong("gemini-cli");
  const own = ["--yolo", "--skip-trust", ...(interactive ? [] : ["--output-format=stream-json"])];
  const rest = [...own, ...args, ...asked];
  return resume ? [...goOn, ...rest] : [node, program, ...rest];
}

/** Whether there is a conversation is only known inside: without one `--resume` is an error of gemini-cli's. */
const goOn: readonly string[] = [
  "/bin/sh",
  "-c",
  `for one in "$HOME"/.gemini/tmp/*/chats/*; do [ -e "$one" ] && exec ${node} ${program} --resume=latest "$@"; done; exec ${node} ${program} "$@"`,
  "gemini",
];

/** Spares the first-run questions, and leaves no connection but the one to the door. */
const settings = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
} as const;

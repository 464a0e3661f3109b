/** How Claude Code runs in a bottle: command, variables and seed files (facts measured with 2.1.197). */
import type { AgentContext, AgentRecipe, InstalledAgent } from "../../lifecycle/agent.ts";
import { modelCredential, modelEnvironment } from "../placeholder.ts";
import { promptTooLong, tooLong } from "../prompt.ts";
import { claudeSeeds } from "./seeds.ts";

/** Where the program is inside of every bottle. */
export const insideClaude: string = "/opt/claude-bottle/claude";

export function claudeRecipe(installed: InstalledAgent, context: AgentContext): AgentRecipe {
  if (installed.program === undefined)
    throw new TypeError("Claude Code is installed without a program");
  return {
    argv: [...(context.resume ? goOn : [insideClaude]), ...claudeArguments(context)],
    env: { ...claudeEnvironment, ...modelEnvironment(context, "anthropic") },
    seeds: claudeSeeds(context, modelCredential(context, "anthropic")),
    mounts: [{ source: installed.program, target: insideClaude, mode: "ro" }],
  };
}

/** Whether there is a conversation is only known inside: without one `--continue` is an error of Claude Code's. */
const goOn: readonly string[] = [
  "/bin/sh",
  "-c",
  `for one in "$HOME"/.claude/projects/*/*.jsonl; do [ -e "$one" ] && exec ${insideClaude} --continue "$@"; done; exec ${insideClaude} "$@"`,
  "claude",
];

/** Own options first, so that the user's win; `--` keeps a prompt that begins with `-` from being read as an option. */
function claudeArguments({ interactive, prompt, args }: AgentContext): readonly string[] {
  if (prompt !== null && tooLong(prompt)) throw promptTooLong("Claude Code");
  const own = interactive ? [] : ["-p", "--output-format", "stream-json", "--verbose"];
  return [
    ...own,
    "--dangerously-skip-permissions",
    ...args,
    ...(prompt === null ? [] : ["--", prompt]),
  ];
}

/** With the base URL these leave no connection but the one to the door. */
const claudeEnvironment: Readonly<Record<string, string>> = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
  DISABLE_AUTOUPDATER: "1",
  /** A foreign base URL makes the client send every tool in full; the gateway passes the short form on. */
  ENABLE_TOOL_SEARCH: "true",
  /** Answers the question whether the folder is trusted: the bottle is there so that it need not be. */
  CLAUDE_CODE_SANDBOXED: "1",
};

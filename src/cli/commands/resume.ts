/** `bottle resume`: flags only; the work is in resume.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { idParameter } from "./id.ts";

export interface ResumeFlags {
  readonly prompt?: string;
  readonly headless: boolean;
  readonly detach: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly format: Format;
}

export const resumeCommand: Command<CliContext> = buildCommand<
  ResumeFlags,
  [id: string],
  CliContext
>({
  loader: async () => (await import("./resume.run.ts")).resume,
  parameters: {
    positional: { kind: "tuple", parameters: [idParameter] },
    flags: {
      prompt: {
        kind: "parsed",
        parse: (input: string) => input,
        brief: "What to tell the agent",
        optional: true,
        placeholder: "TEXT",
      },
      headless: {
        kind: "boolean",
        brief: "Run without a terminal; output is passed through",
        default: false,
      },
      detach: {
        kind: "boolean",
        brief: "Print the bottle's id and leave it alone",
        default: false,
      },
      yes: { kind: "boolean", brief: "Do not ask before the start", default: false },
      dryRun: {
        kind: "boolean",
        brief: "Print the plan; touch nothing, read no secret",
        default: false,
      },
      format: formatFlag("Form of the printed plan"),
    },
    aliases: { y: "yes", p: "prompt", d: "detach" },
  },
  docs: documented({
    brief: "Go on with a bottle that ended: same workspace, home and conversation",
    text: "The manifest is read anew and the plan is shown as at a start. Claude Code goes on with its conversation.",
    examples: [
      {
        line: "bottle resume claude-x7k2p",
        does: "shows the plan, asks, goes on at this terminal",
      },
      {
        line: 'bottle resume claude-x7k2p --headless --yes --prompt "Now the docs"',
        does: "gives it the next thing to do, without a terminal",
      },
    ],
  }),
});

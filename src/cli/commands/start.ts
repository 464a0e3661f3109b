/** `bottle start`: flags only; the work is in start.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { countOf } from "./count.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface StartFlags {
  readonly prompt?: string;
  readonly headless: boolean;
  readonly detach: boolean;
  readonly count: number;
  readonly yes: boolean;
  readonly rung?: string;
  readonly link?: string;
  readonly place?: string;
  readonly workspace?: string;
  readonly manifest?: string;
  readonly dryRun: boolean;
  readonly format: Format;
}

const text = (input: string): string => input;

export const startCommand: Command<CliContext> = buildCommand<
  StartFlags,
  [agent?: string],
  CliContext
>({
  loader: async () => (await import("./start.run.ts")).start,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "Agent of the manifest; not needed where there is one",
          parse: text,
          optional: true,
          placeholder: "agent",
        },
      ],
    },
    flags: {
      prompt: {
        kind: "parsed",
        parse: text,
        brief: "What the agent shall do",
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
        brief: "Print the bottle's id and leave it alone; see `bottle attach`",
        default: false,
      },
      count: {
        kind: "parsed",
        parse: countOf,
        brief: "Start so many bottles of this agent (with --detach)",
        default: "1",
        placeholder: "N",
      },
      yes: { kind: "boolean", brief: "Do not ask before the start", default: false },
      rung: {
        kind: "parsed",
        parse: text,
        brief: "Strength of isolation, instead of the manifest's",
        optional: true,
        placeholder: "RUNG",
      },
      link: {
        kind: "parsed",
        parse: text,
        brief: "How the bottle reaches its gateway, instead of the manifest's",
        optional: true,
        placeholder: "LINK",
      },
      place: {
        kind: "parsed",
        parse: text,
        brief: "Where the bottle runs, instead of the manifest's",
        optional: true,
        placeholder: "PLACE",
      },
      workspace: {
        kind: "parsed",
        parse: text,
        brief: "Folder to work on (default: the current one)",
        optional: true,
        placeholder: "DIR",
      },
      manifest: {
        kind: "parsed",
        parse: text,
        brief: "Manifest file, instead of the user's",
        optional: true,
        placeholder: "FILE",
      },
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
    brief: "Start an agent in a bottle",
    text: "Prints the plan, asks, proves the boundary, runs the agent. What stands after -- goes to the agent untouched.",
    examples: [
      { line: "bottle start", does: "starts the manifest's only agent on this folder" },
      {
        line: 'bottle start claude --headless --yes --prompt "Fix the failing test"',
        does: "runs without a terminal and without a question; the exit code is the agent's",
      },
      { line: "bottle start claude --dry-run", does: "prints the plan and changes nothing" },
      {
        line: 'bottle start claude --detach --count 3 --yes --prompt "Try"',
        does: "leaves three bottles running and prints their ids",
      },
      {
        line: "bottle start claude --place ssh://me@vm",
        does: "runs it on another machine, which needs Docker and nothing else",
      },
      {
        line: "bottle start claude -- --model opus",
        does: "hands --model opus to Claude Code itself",
      },
    ],
  }),
});

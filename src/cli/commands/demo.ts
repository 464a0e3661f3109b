/** `bottle demo`: flags only; the work is in demo.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";

export interface DemoFlags {
  readonly json: boolean;
  readonly rung?: string;
  readonly link?: string;
  readonly place?: string;
}

export const demoCommand: Command<CliContext> = buildCommand<DemoFlags, [], CliContext>({
  loader: async () => (await import("./demo.run.ts")).demo,
  parameters: {
    flags: {
      json: {
        kind: "boolean",
        brief: "End with one line of JSON instead of a table",
        default: false,
      },
      rung: {
        kind: "parsed",
        parse: String,
        brief: "The rung, instead of the default one",
        optional: true,
        placeholder: "R",
      },
      link: {
        kind: "parsed",
        parse: String,
        brief: "The link to the gateway, instead of the rung's own",
        optional: true,
        placeholder: "L",
      },
      place: {
        kind: "parsed",
        parse: String,
        brief: "Where the bottle runs: another machine that your ssh reaches, instead of this one",
        optional: true,
        placeholder: "PLACE",
      },
    },
  },
  docs: documented({
    brief: "Run Claude Code in a bottle against a scripted model, and see the attacks on it fail",
    text: "Needs no account and no manifest; after the first run, no network either. Exit code 0 if every check holds, else 1.",
    examples: [
      { line: "bottle demo", does: "says hello, attacks, and prints a table" },
      { line: "bottle demo --rung runc", does: "the same in a container of Docker" },
      {
        line: "bottle demo --place ssh://me@vm",
        does: "the same on another machine, over your ssh",
      },
      { line: "bottle demo --json", does: "ends with one line of JSON, for a script" },
    ],
  }),
});

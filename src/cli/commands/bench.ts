/** `bottle bench`: flags only; the work is in bench.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";

export interface BenchFlags {
  readonly runs: number;
  readonly cold: boolean;
  readonly json: boolean;
}

/** What can be measured. */
const subjects = ["boot", "workspace"] as const;
export type BenchSubject = (typeof subjects)[number];

function parseSubject(input: string): BenchSubject {
  const found = subjects.find((subject) => subject === input);
  if (found === undefined) throw new SyntaxError(`expected one of: ${subjects.join(", ")}`);
  return found;
}

function parseRuns(input: string): number {
  if (!/^[1-9]\d{0,2}$/.test(input)) throw new SyntaxError("expected a number from 1 to 999");
  return Number(input);
}

export const benchCommand: Command<CliContext> = buildCommand<
  BenchFlags,
  [subject: BenchSubject],
  CliContext
>({
  loader: async () => (await import("./bench.run.ts")).bench,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "What to measure: boot or workspace",
          parse: parseSubject,
          placeholder: "subject",
        },
      ],
    },
    flags: {
      runs: {
        kind: "parsed",
        parse: parseRuns,
        brief: "Runs of each kind",
        default: "10",
        placeholder: "N",
      },
      cold: {
        kind: "boolean",
        brief: "Also with an empty page cache; needs root, and slows the whole machine down",
        default: false,
      },
      json: { kind: "boolean", brief: "Print JSON instead of a table", default: false },
    },
  },
  docs: {
    brief:
      "Measure a start against the same agent without a bottle, or the workspace's copy against cp",
  },
});

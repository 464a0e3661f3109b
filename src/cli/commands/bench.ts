/** `bottle bench`: flags only; the work is in bench.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { choice } from "./choice.ts";
import { documented } from "./documented.ts";

export interface BenchFlags {
  readonly runs: number | undefined;
  readonly rung: string;
  readonly link: string | undefined;
  readonly cold: boolean;
  readonly draw: string | undefined;
  readonly program: string | undefined;
  readonly json: boolean;
}

/** What can be measured. */
const subjects = ["boot", "workspace", "many", "gateway", "engine"] as const;
export type BenchSubject = (typeof subjects)[number];

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
          brief: "What to measure: boot, workspace, many, gateway or engine",
          ...choice(subjects),
          placeholder: "subject",
        },
      ],
    },
    flags: {
      runs: {
        kind: "parsed",
        parse: parseRuns,
        brief: "Runs of each kind, or rounds (10; gateway: 3; not for many)",
        optional: true,
        placeholder: "N",
      },
      rung: {
        kind: "parsed",
        parse: String,
        brief: "Rungs whose starts are measured, with commas between them (boot)",
        default: "namespace",
        placeholder: "RUNGS",
      },
      link: {
        kind: "parsed",
        parse: String,
        brief: "Their link, instead of each rung's own (boot)",
        optional: true,
        placeholder: "LINK",
      },
      cold: {
        kind: "boolean",
        brief: "Also with an empty page cache; needs root, and slows the whole machine down",
        default: false,
      },
      draw: {
        kind: "parsed",
        parse: String,
        brief: "Also write the numbers and their pictures into this folder (boot, gateway)",
        optional: true,
        placeholder: "FOLDER",
      },
      program: {
        kind: "parsed",
        parse: String,
        brief: "The engine's program; else it is looked for (engine)",
        optional: true,
        placeholder: "PATH",
      },
      json: { kind: "boolean", brief: "Print JSON instead of a table", default: false },
    },
  },
  docs: documented({
    brief:
      "Measure a start against the same agent without a bottle, a workspace's copy against cp, many bottles at once, the gateway beside other proxies, or with an engine and without",
    examples: [
      { line: "bottle bench boot", does: "prints medians of ten runs, in turn with bare ones" },
      { line: "bottle bench boot --runs 3 --json", does: "a quick look, for a script" },
      {
        line: "bottle bench boot --rung namespace,runc --draw docs/benchmarks",
        does: "measures and draws starts on two rungs, runc beside a bare docker run",
      },
      {
        line: "bottle bench workspace --runs 3",
        does: "copies 100,000 files, by cp and for a bottle",
      },
      { line: "bottle bench many", does: "memory and start time with up to 100 bottles" },
      {
        line: "bottle bench gateway --draw docs/benchmarks",
        does: "measures the gateway beside nginx, squid and mitmproxy, and draws it",
      },
      { line: "bottle bench engine", does: "what the verdicts of pipelock cost" },
    ],
  }),
});

/** `bottle diff`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { idParameter } from "./id.ts";

export interface DiffFlags {
  readonly stat: boolean;
  readonly nameOnly: boolean;
  readonly pager: boolean;
  readonly format: Format;
}

export const diffCommand: Command<CliContext> = buildCommand<DiffFlags, [id: string], CliContext>({
  loader: async () => (await import("./diff.run.ts")).diff,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [idParameter],
    },
    flags: {
      stat: { kind: "boolean", brief: "Only how much changed in which file", default: false },
      nameOnly: { kind: "boolean", brief: "Only the files' names", default: false },
      pager: { kind: "boolean", brief: "Page long answers on a terminal", default: true },
      format: formatFlag("Form of the answer"),
    },
  },
  docs: documented({
    brief: "Show what a bottle changed, the dangerous files first",
    examples: [
      { line: "bottle diff claude-x7k2p", does: "shows every change, also while the bottle runs" },
      { line: "bottle diff claude-x7k2p --stat", does: "says how much changed in which file" },
    ],
  }),
});

/** `bottle ps`: flags only; the work is in ps.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface PsFlags {
  readonly all: boolean;
  readonly watch: boolean;
  readonly format: Format;
}

export const psCommand: Command<CliContext> = buildCommand<PsFlags, [], CliContext>({
  loader: async () => (await import("./ps.run.ts")).ps,
  parameters: {
    flags: {
      all: { kind: "boolean", brief: "Also those that ended or were lost", default: false },
      watch: { kind: "boolean", brief: "Go on showing them until Ctrl-C", default: false },
      format: formatFlag("Form of the answer"),
    },
    aliases: { a: "all", w: "watch" },
  },
  docs: documented({
    brief: "List the bottles that run, or with --all every one that has a record",
    examples: [
      { line: "bottle ps", does: "lists what runs now" },
      { line: "bottle ps --all --format json", does: "lists every bottle, as an array of objects" },
    ],
  }),
});

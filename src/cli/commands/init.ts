/** `bottle init`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";

export interface InitFlags {
  readonly print: boolean;
}

export const initCommand: Command<CliContext> = buildCommand<InitFlags, [], CliContext>({
  loader: async () => (await import("./init.run.ts")).init,
  parameters: {
    flags: {
      print: { kind: "boolean", brief: "Print it, and write nothing", default: false },
    },
  },
  docs: documented({
    brief: "Write a first manifest, made of what this machine has",
    examples: [
      { line: "bottle init", does: "writes it where `bottle start` looks for it" },
      { line: "bottle init --print", does: "shows it first" },
    ],
  }),
});

/** `bottle rm`: flags only; the work is in rm.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { idParameter } from "./id.ts";

export interface RmFlags {
  readonly discardWork: boolean;
  readonly stop: boolean;
  readonly format: Format;
}

export const rmCommand: Command<CliContext> = buildCommand<RmFlags, string[], CliContext>({
  loader: async () => (await import("./rm.run.ts")).rm,
  parameters: {
    positional: { kind: "array", parameter: idParameter, minimum: 0 },
    flags: {
      discardWork: { kind: "boolean", brief: "Also what was not applied", default: false },
      stop: { kind: "boolean", brief: "Stop those that run first", default: false },
      format: formatFlag("Form of the answer"),
    },
  },
  docs: documented({
    brief: "Remove bottles that ended, with their records",
    text: "A bottle that holds work which was not applied is kept, unless --discard-work says otherwise.",
    examples: [
      { line: "bottle rm claude-x7k2p", does: "removes it if its work was applied" },
      {
        line: "bottle rm claude-x7k2p claude-9q1zz --discard-work",
        does: "removes both, and the work in them",
      },
    ],
  }),
});

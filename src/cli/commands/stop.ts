/** `bottle stop`: flags only; the work is in stop.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { idParameter } from "./id.ts";

export interface StopFlags {
  readonly all: boolean;
  readonly format: Format;
}

export const stopCommand: Command<CliContext> = buildCommand<StopFlags, string[], CliContext>({
  loader: async () => (await import("./stop.run.ts")).stop,
  parameters: {
    positional: { kind: "array", parameter: idParameter, minimum: 0 },
    flags: {
      all: { kind: "boolean", brief: "Every bottle that runs", default: false },
      format: formatFlag("Form of the answer"),
    },
  },
  docs: documented({
    brief: "End bottles; their work stays",
    examples: [
      {
        line: "bottle stop claude-x7k2p",
        does: "asks the agent to end, and ends it if it does not",
      },
      { line: "bottle stop --all", does: "ends every bottle that runs" },
    ],
  }),
});

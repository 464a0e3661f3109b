/** `bottle cleanup`: flags only; the work is in cleanup.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface CleanupFlags {
  readonly dryRun: boolean;
  readonly format: Format;
}

export const cleanupCommand: Command<CliContext> = buildCommand<CleanupFlags, [], CliContext>({
  loader: async () => (await import("./cleanup.run.ts")).cleanup,
  parameters: {
    flags: {
      dryRun: { kind: "boolean", brief: "Only say what would be removed", default: false },
      format: formatFlag("Form of the answer"),
    },
  },
  docs: documented({
    brief: "Remove what bottles of dead supervisors left behind; work and records stay",
    examples: [
      { line: "bottle cleanup --dry-run", does: "says what it would remove" },
      { line: "bottle cleanup", does: "removes it" },
    ],
  }),
});

/** `bottle logs`: flags only; the work is in logs.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { idParameter } from "./id.ts";

export interface LogsFlags {
  readonly follow: boolean;
  readonly replay: boolean;
  readonly speed: number;
}

function speedOf(input: string): number {
  const speed = Number(input);
  if (speed > 0 && speed <= 1000) return speed;
  throw new RangeError("A pace is a number above 0, and at most 1000");
}

export const logsCommand: Command<CliContext> = buildCommand<LogsFlags, [id: string], CliContext>({
  loader: async () => (await import("./logs.run.ts")).logs,
  parameters: {
    positional: { kind: "tuple", parameters: [idParameter] },
    flags: {
      follow: { kind: "boolean", brief: "Go on until the bottle ends", default: false },
      replay: {
        kind: "boolean",
        brief: "At the pace at which it was written; long pauses are cut",
        default: false,
      },
      speed: {
        kind: "parsed",
        parse: speedOf,
        brief: "Pace of --replay: 2 is twice as fast",
        default: "1",
        placeholder: "N",
      },
    },
    aliases: { f: "follow" },
  },
  docs: documented({
    brief: "Print what an agent wrote, as it wrote it",
    examples: [
      { line: "bottle logs claude-x7k2p -f", does: "goes on until the bottle ends" },
      {
        line: "bottle logs claude-x7k2p --replay --speed 4",
        does: "plays it again, four times as fast",
      },
    ],
  }),
});

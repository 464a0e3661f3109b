/** `bottle info`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { manifestFlag } from "./manifest-flag.ts";

export interface InfoFlags {
  readonly manifest?: string;
  readonly format: Format;
}

export const infoCommand: Command<CliContext> = buildCommand<
  InfoFlags,
  [agent?: string],
  CliContext
>({
  loader: async () => (await import("./info.run.ts")).info,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "Agent of the manifest; not needed where there is one",
          parse: (input: string) => input,
          optional: true,
          placeholder: "agent",
        },
      ],
    },
    flags: { manifest: manifestFlag, format: formatFlag("Form of the answer") },
  },
  docs: documented({
    brief: "Show an agent and its bottle: what it sees, reaches and may use",
    examples: [
      { line: "bottle info claude", does: "shows what a start of it would mean" },
      { line: "bottle info claude --format json", does: "the same, for a script" },
    ],
  }),
});

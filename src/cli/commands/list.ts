/** `bottle list`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { manifestFlag } from "./manifest-flag.ts";

export interface ListFlags {
  readonly manifest?: string;
  readonly format: Format;
}

export const listCommand: Command<CliContext> = buildCommand<ListFlags, [], CliContext>({
  loader: async () => (await import("./list.run.ts")).list,
  parameters: { flags: { manifest: manifestFlag, format: formatFlag("Form of the answer") } },
  docs: documented({
    brief: "List the agents that can be started here",
    examples: [
      {
        line: "bottle list",
        does: "lists those of your manifest, and of a project that you trust",
      },
      { line: "bottle list --manifest team.yaml", does: "lists those of another manifest" },
    ],
  }),
});

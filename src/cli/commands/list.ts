/** `bottle list`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
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
  docs: { brief: "List the agents that can be started here" },
});

/** `bottle schema`: no flags. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";

export const schemaCommand: Command<CliContext> = buildCommand<object, [], CliContext>({
  loader: async () => (await import("./schema.run.ts")).schema,
  parameters: {},
  docs: { brief: "Print the manifest's format as JSON Schema, for editors" },
});

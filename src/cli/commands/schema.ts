/** `bottle schema`: no flags. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";

export const schemaCommand: Command<CliContext> = buildCommand<object, [], CliContext>({
  loader: async () => (await import("./schema.run.ts")).schema,
  parameters: {},
  docs: documented({
    brief: "Print the manifest's format as JSON Schema, for editors",
    examples: [
      {
        line: "bottle schema > ~/.config/claude-bottle/schema.json",
        does: "a file that an editor can point to",
      },
    ],
  }),
});

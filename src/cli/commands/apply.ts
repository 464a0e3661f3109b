/** `bottle apply`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";

export interface ApplyFlags {
  readonly format: "text" | "json";
}

export const applyCommand: Command<CliContext> = buildCommand<ApplyFlags, [id: string], CliContext>(
  {
    loader: async () => (await import("./apply.run.ts")).apply,
    parameters: {
      positional: {
        kind: "tuple",
        parameters: [{ brief: "Bottle", parse: (input: string) => input, placeholder: "id" }],
      },
      flags: {
        format: {
          kind: "enum",
          values: ["text", "json"],
          brief: "Form of the answer",
          default: "text",
        },
      },
    },
    docs: { brief: "Bring a bottle's commits and loose files back as the branch bottle/<id>" },
  },
);

/** `bottle apply`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface ApplyFlags {
  readonly format: Format;
}

export const applyCommand: Command<CliContext> = buildCommand<ApplyFlags, [id: string], CliContext>(
  {
    loader: async () => (await import("./apply.run.ts")).apply,
    parameters: {
      positional: {
        kind: "tuple",
        parameters: [
          {
            brief: "Bottle, such as claude-x7k2p",
            parse: (input: string) => input,
            placeholder: "id",
          },
        ],
      },
      flags: {
        format: formatFlag("Form of the answer"),
      },
    },
    docs: documented({
      brief: "Bring a bottle's commits and loose files back as the branch bottle/<id>",
      examples: [
        { line: "bottle apply claude-x7k2p", does: "makes the branch bottle/claude-x7k2p" },
        {
          line: "bottle apply claude-x7k2p --format json",
          does: "says what came back and what did not, for a script",
        },
      ],
    }),
  },
);

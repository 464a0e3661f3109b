/** `bottle audit`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface AuditFlags {
  readonly verify: boolean;
  readonly format: Format;
}

export const auditCommand: Command<CliContext> = buildCommand<AuditFlags, [id: string], CliContext>(
  {
    loader: async () => (await import("./audit.run.ts")).audit,
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
        verify: {
          kind: "boolean",
          brief: "Check the chain: changed, missing, reordered and cut lines",
          default: false,
        },
        format: formatFlag("Form of the answer"),
      },
    },
    docs: documented({
      brief: "Print what a bottle's gateway saw, and check that nobody changed it",
      examples: [
        { line: "bottle audit claude-x7k2p", does: "prints one line for each request and refusal" },
        { line: "bottle audit claude-x7k2p --verify", does: "checks the chain of the log" },
      ],
    }),
  },
);

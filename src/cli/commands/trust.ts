/** `bottle trust`: flags only; the work is in trust.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface TrustFlags {
  readonly yes: boolean;
  readonly list: boolean;
  readonly revoke: boolean;
  readonly format: Format;
}

export const trustCommand: Command<CliContext> = buildCommand<
  TrustFlags,
  [folder?: string],
  CliContext
>({
  loader: async () => (await import("./trust.run.ts")).trust,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "Folder of the project (default: the current one)",
          parse: (input: string) => input,
          optional: true,
          placeholder: "folder",
        },
      ],
    },
    flags: {
      yes: { kind: "boolean", brief: "Do not ask", default: false },
      list: {
        kind: "boolean",
        brief: "List what is trusted, and whether it still is",
        default: false,
      },
      revoke: { kind: "boolean", brief: "Take trust back", default: false },
      format: formatFlag("Form of the answer"),
    },
    aliases: { y: "yes" },
  },
  docs: documented({
    brief: "Let a project's own manifest count, as it is now",
    text: "Shows what .claude-bottle.yaml of a project asks for, and asks. What is trusted is this content, and that of every file it refers to; a changed one is ignored again.",
    examples: [
      { line: "bottle trust", does: "shows what this folder's manifest asks for, and asks" },
      { line: "bottle trust --list", does: "lists what is trusted, and whether it still is" },
      { line: "bottle trust ../other --revoke", does: "takes trust back" },
    ],
  }),
});

/** `bottle apply`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { idParameter } from "./id.ts";

export interface ApplyFlags {
  readonly to: "branch" | "worktree" | undefined;
  readonly includeDangerous: boolean | undefined;
  readonly format: Format;
}

export const applyCommand: Command<CliContext> = buildCommand<ApplyFlags, [id: string], CliContext>(
  {
    loader: async () => (await import("./apply.run.ts")).apply,
    parameters: {
      positional: {
        kind: "tuple",
        parameters: [idParameter],
      },
      flags: {
        to: {
          kind: "enum",
          values: ["branch", "worktree"],
          brief: "The branch bottle/<id>, or your folder itself (the default without git)",
          optional: true,
        },
        includeDangerous: {
          kind: "boolean",
          brief:
            "Bring files that something runs or obeys unasked, too; without it a terminal is asked",
          optional: true,
        },
        format: formatFlag("Form of the answer"),
      },
    },
    docs: documented({
      brief: "Bring a bottle's work back, as a branch or into your folder",
      examples: [
        { line: "bottle apply claude-x7k2p", does: "makes the branch bottle/claude-x7k2p" },
        {
          line: "bottle apply claude-x7k2p --to worktree",
          does: "writes into your folder, where your files still are what the bottle was given",
        },
        {
          line: "bottle apply claude-x7k2p --include-dangerous",
          does: "brings hooks, CI, build files and their like as well",
        },
        {
          line: "bottle apply claude-x7k2p --format json",
          does: "says what came back and what did not, for a script",
        },
      ],
    }),
  },
);

/** `bottle attach`: flags only; the work is in attach.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { idParameter } from "./id.ts";

export interface AttachFlags {
  readonly watch: boolean;
  readonly take: boolean;
}

export const attachCommand: Command<CliContext> = buildCommand<
  AttachFlags,
  [id?: string],
  CliContext
>({
  loader: async () => (await import("./attach.run.ts")).attach,
  parameters: {
    positional: { kind: "tuple", parameters: [{ ...idParameter, optional: true }] },
    flags: {
      watch: { kind: "boolean", brief: "Only look: no key reaches the agent", default: false },
      take: { kind: "boolean", brief: "Type, though another terminal does", default: false },
    },
  },
  docs: documented({
    brief: "Be at a running bottle again: its screen, its keys",
    text: "Shows what stands on the screen and goes on from there. Several may watch, one types. Ctrl-P Ctrl-Q leaves; the bottle lives on.",
    examples: [
      { line: "bottle attach", does: "goes back to the one bottle that runs" },
      { line: "bottle attach claude-x7k2p --watch", does: "looks on; no key reaches the agent" },
    ],
  }),
});

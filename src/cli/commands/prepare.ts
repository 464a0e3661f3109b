/** `bottle prepare`: flags only; the work is in prepare.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { countOf } from "./count.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface PrepareFlags {
  readonly count: number;
  readonly headless: boolean;
  readonly rung?: string;
  readonly manifest?: string;
  readonly format: Format;
}

const text = (input: string): string => input;

export const prepareCommand: Command<CliContext> = buildCommand<
  PrepareFlags,
  [agent?: string],
  CliContext
>({
  loader: async () => (await import("./prepare.run.ts")).prepare,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "Agent of the manifest", parse: text, placeholder: "agent", optional: true },
      ],
    },
    flags: {
      count: {
        kind: "parsed",
        parse: countOf,
        brief: "Prepare so many",
        default: "1",
        placeholder: "N",
      },
      headless: {
        kind: "boolean",
        brief: "For starts with --headless; without it, for those at a terminal",
        default: false,
      },
      rung: {
        kind: "parsed",
        parse: text,
        brief: "Strength of isolation, instead of the manifest's",
        optional: true,
        placeholder: "RUNG",
      },
      manifest: {
        kind: "parsed",
        parse: text,
        brief: "Manifest file, instead of the user's",
        optional: true,
        placeholder: "FILE",
      },
      format: formatFlag("Form of the answer"),
    },
  },
  docs: documented({
    brief: "Make bottles ready for the next starts: without policy, secret or workspace",
    text: "The next `bottle start` of the same agent claims one; policy, secret and workspace come with the claim, and the boundary is proven again. One that nobody claims within 12 hours ends.",
    examples: [
      { line: "bottle prepare claude", does: "makes one ready for the next start at a terminal" },
      {
        line: "bottle prepare claude --headless --count 4",
        does: "makes four ready for starts with --headless",
      },
    ],
  }),
});

/** `bottle image`: flags only; the work is in image.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { choice } from "./choice.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";
import { manifestFlag } from "./manifest-flag.ts";

export interface ImageFlags {
  readonly agent: ImageAgent;
  readonly place?: string;
  readonly manifest?: string;
  readonly format: Format;
}

const agents = ["claude", "codex", "gemini", "shell"] as const;
export type ImageAgent = (typeof agents)[number];
const verbs = ["build", "bake", "list", "prune"] as const;
export type ImageVerb = (typeof verbs)[number];

export const imageCommand: Command<CliContext> = buildCommand<
  ImageFlags,
  [verb: ImageVerb, bottle?: string],
  CliContext
>({
  loader: async () => (await import("./image.run.ts")).image,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "What to do: build, bake, list or prune", ...choice(verbs), placeholder: "verb" },
        {
          brief:
            "Bottle of the manifest whose image is built or baked; the default image without one",
          parse: (input: string) => input,
          placeholder: "bottle",
          optional: true,
        },
      ],
    },
    flags: {
      agent: {
        kind: "enum",
        values: agents,
        brief: "Agent that is baked into the image",
        default: "claude",
      },
      place: {
        kind: "parsed",
        parse: (input: string) => input,
        brief: "Where the images are: local, or ssh://user@host",
        optional: true,
        placeholder: "PLACE",
      },
      manifest: manifestFlag,
      format: formatFlag("Form of the answer"),
    },
  },
  docs: documented({
    brief:
      "Build, bake, list or clear away the images that bottles are made of, on the rungs that have images",
    text: "A start builds what is not there. bake puts helper and agent into an image, which starts of this very version then take by themselves. prune removes what no bottle of the manifest is made of.",
    examples: [
      { line: "bottle image build", does: "builds the default image, if it is not there" },
      {
        line: "bottle image bake --place ssh://me@vm.example",
        does: "puts Claude Code into the default image on that machine: bottles there need not be sent it",
      },
      {
        line: "bottle image list",
        does: "shows what was built, how large it is, and what is in use",
      },
      { line: "bottle image prune", does: "removes the images of older versions" },
    ],
  }),
});

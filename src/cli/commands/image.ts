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
  readonly manifest?: string;
  readonly format: Format;
}

const verbs = ["build", "list", "prune"] as const;
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
        { brief: "What to do: build, list or prune", ...choice(verbs), placeholder: "verb" },
        {
          brief: "Bottle of the manifest whose image is built; the default image without one",
          parse: (input: string) => input,
          placeholder: "bottle",
          optional: true,
        },
      ],
    },
    flags: { manifest: manifestFlag, format: formatFlag("Form of the answer") },
  },
  docs: documented({
    brief:
      "Build, list or clear away the images that bottles are made of, on the rungs that have images",
    text: "A start builds what is not there. prune removes what no bottle of the manifest is made of.",
    examples: [
      { line: "bottle image build", does: "builds the default image, if it is not there" },
      {
        line: "bottle image list",
        does: "shows what was built, how large it is, and what is in use",
      },
      { line: "bottle image prune", does: "removes the images of older versions" },
    ],
  }),
});

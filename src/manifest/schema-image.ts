/** What a bottle's system is made of; which rungs have images is the plan's question. */
import { byKind } from "./check/by-kind.ts";
import { object, refine } from "./check/object.ts";
import { text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { buildFileFormat } from "./formats/build-file.ts";
import { imageNameFormat } from "./formats/image-name.ts";
import type { ImageSpec } from "./manifest.ts";

interface Built {
  readonly build: string;
}

/** The file's path stays as it is written until it is known where the manifest is. */
export const image: Type<ImageSpec> = byKind<ImageSpec>({
  text: refine<string, ImageSpec>(text(imageNameFormat), (name) =>
    name === "default" ? { kind: "default" } : { kind: "reference", name },
  ),
  map: refine<Built, ImageSpec>(
    object<Built>("an image", {
      build: {
        type: text(buildFileFormat),
        doc: "A Dockerfile; a relative path is from the manifest's folder.",
        required: true,
      },
    }),
    ({ build }) => ({ kind: "build", file: build, sha256: null }),
  ),
});

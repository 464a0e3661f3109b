/** An image in words: what the owner should know before it is there. */
import type { ImageSpec } from "../manifest/manifest.ts";

/** Nothing for the default one. */
export function imageWords(image: ImageSpec): readonly string[] {
  if (image.kind === "default") return [];
  if (image.kind === "reference") return [`${image.name}, pulled where it is not there`];
  return [
    `built from ${image.file}, once`,
    "The build runs what the file says, with a network, before the bottle is there; it sees no other file.",
  ];
}

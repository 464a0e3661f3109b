/** Which files of its project a manifest refers to by path: they are pinned with it. A key that names one more is one line here. */
import { relative } from "node:path";
import { isWithin } from "../formats/local-path.ts";
import type { BottleSpec, Manifest } from "../manifest.ts";

/** Absolute paths that one bottle refers to. */
export function filesOf({ image }: BottleSpec): readonly string[] {
  return image.kind === "build" ? [image.file] : [];
}

/** Paths relative to the project, each once, in order. */
export function referredFiles(manifest: Manifest, root: string): readonly string[] {
  const files = [...manifest.bottles.values()].flatMap(filesOf);
  return [...new Set(files)]
    .filter((file) => isWithin(file, root) && file !== root)
    .map((file) => relative(root, file))
    .toSorted();
}

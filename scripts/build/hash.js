// One hash over everything the build reads.
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Folders and files that end up in dist/, or decide how. `./bottle` compares the same ones by time (scripts/setup.sh). */
const inputs = [
  "src",
  "bench",
  "images",
  "scripts/build",
  "scripts/build.js",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

export async function sourceHash(root) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    const names = await readdir(join(root, input), { recursive: true, withFileTypes: true }).catch(
      () => undefined,
    );
    const files =
      names === undefined
        ? [join(root, input)]
        : names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name));
    for (const file of files.filter((name) => !name.endsWith(".test.ts")).toSorted()) {
      const content = await readFile(file).catch(() => Buffer.alloc(0));
      hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}

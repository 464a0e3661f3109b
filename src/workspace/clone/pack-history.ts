/** Fills a new `.git` with the objects that the chosen refs and the index need, and no others, in one pack of our own. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGit, writeTo } from "../git.ts";
import { gitRefused, refusedGit } from "./refused.ts";

export interface PackOptions {
  /** The new one: git runs in it, so that nothing in the source's `.git` but objects is ever read by git. */
  readonly gitDir: string;
  /** The source's objects. */
  readonly objects: string;
  /** Object ids of refs. */
  readonly roots: readonly string[];
  /** The source is a partial clone: what it lacks is fetched when it is needed, there as here. */
  readonly partial: boolean;
  /** The user's PATH. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Milliseconds that git may take before it is looked into whether something holds it up. */
const soon = 1000;

export async function packHistory(options: PackOptions): Promise<void> {
  const { gitDir, objects, roots, partial, path } = options;
  const stop = new AbortController();
  let odd: string | undefined;
  const watch = setTimeout(() => {
    odd = oddObject(objects);
    if (odd !== undefined) stop.abort();
  }, soon);
  try {
    const { output } = await runGit(
      {
        step: "read its history",
        gitDir,
        path,
        // Objects of the source are found as those of an alternate; the copy has no such file, and borrows nothing.
        env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(objects) },
        argv: [
          // What a hostile clone says of its history counts for nothing; objects speak for themselves.
          ...["-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false"],
          ...["-c", "pack.compression=1"],
          ...["pack-objects", "--quiet", "--revs", "--indexed-objects", "--delta-base-offset"],
          // Deltas that are there are used, no new ones sought: that takes minutes where this takes seconds.
          "--window=0",
          ...(partial ? ["--missing=allow-any"] : []),
          "objects/pack/pack",
        ],
        input: (stdin) => writeTo(stdin, roots.map((id) => `${id}\n`).join("")),
        signal: AbortSignal.any([options.signal, stop.signal]),
      },
      gitRefused,
    );
    const name = output.toString("latin1").trim();
    if (partial && name !== "")
      writeFileSync(join(gitDir, `objects/pack/pack-${name}.promisor`), "");
  } catch (error) {
    if (odd === undefined) throw error;
    throw refusedGit(`Among its objects, ${odd} is no plain file.`);
  } finally {
    clearTimeout(watch);
  }
}

/** In quotes git takes escapes of C (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES), so that a colon in the path is none of the list's. */
function quoted(path: string): string {
  const bytes = [...Buffer.from(path)];
  const plain = /[\w./-]/;
  const text = bytes.map((byte) => {
    const char = String.fromCharCode(byte);
    return plain.test(char) ? char : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${text.join("")}"`;
}

/** A FIFO or a device where an object should be: git would wait for its content for ever. */
function oddObject(objects: string): string | undefined {
  for (const folder of readdirSync(objects, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const path = join(objects, folder.name);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isFile() || entry.isDirectory()) continue;
      const found = statSync(join(path, entry.name), { throwIfNoEntry: false });
      if (found?.isFile() !== true) return `${folder.name}/${entry.name}`;
    }
  }
  return undefined;
}

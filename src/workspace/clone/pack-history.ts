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
  const { objects, roots, partial } = options;
  const stop = new AbortController();
  let odd: string | undefined;
  const watch = setTimeout(() => {
    odd = oddObject(objects);
    if (odd !== undefined) stop.abort();
  }, soon);
  const signal = AbortSignal.any([options.signal, stop.signal]);
  try {
    await (partial ? packPart({ ...options, signal }) : packAll({ ...options, signal }, roots));
  } catch (error) {
    if (odd === undefined) throw error;
    throw refusedGit(`Among its objects, ${odd} is no plain file.`);
  } finally {
    clearTimeout(watch);
  }
}

async function packAll(options: PackOptions, roots: readonly string[]): Promise<void> {
  await runReading(
    options,
    ["pack-objects", ...packing, "--revs", "--indexed-objects", packs],
    roots,
  );
}

/** Of what is there: pack-objects by itself gives up at the first tree that is not. */
async function packPart(options: PackOptions): Promise<void> {
  const found = await runReading(
    options,
    [
      "rev-list",
      "--objects",
      "--indexed-objects",
      "--no-object-names",
      "--missing=allow-any",
      "--stdin",
    ],
    options.roots,
  );
  if (found === "") return;
  const name = await runReading(options, ["pack-objects", ...packing, packs], found.split("\n"));
  if (name !== "") writeFileSync(join(options.gitDir, `${packs}-${name}.promisor`), "");
}

const packs = "objects/pack/pack";
/** Deltas that are there are used, no new ones sought: that takes minutes where this takes seconds. */
const packing: readonly string[] = ["--quiet", "--delta-base-offset", "--window=0"];

/** Runs git in the new `.git`, with the source's objects to read, and returns its output. */
async function runReading(
  { gitDir, objects, path, signal }: PackOptions,
  argv: readonly string[],
  ids: readonly string[],
): Promise<string> {
  const { output } = await runGit(
    {
      step: "read its history",
      gitDir,
      path,
      signal,
      // Objects of the source are found as those of an alternate; the copy has no such file, and borrows nothing.
      env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(objects) },
      argv: [
        // What a hostile clone says of its history counts for nothing: objects speak for themselves.
        ...["-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false"],
        ...["-c", "pack.compression=1", "-c", "protocol.file.allow=never"],
        ...argv,
      ],
      input: (stdin) => writeTo(stdin, ids.map((id) => `${id}\n`).join("")),
      maxOutput: 1024 * 1024 * 1024,
    },
    gitRefused,
  );
  return output.toString("latin1").trim();
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

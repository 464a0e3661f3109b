/** The files of an installed package: what they are, by hash, and what they look like, by stat(2). */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { integrityOf } from "./hash.ts";
import { lookAt } from "./stamp.ts";

/** Paths of every file below a folder, in one order; what is no file is none. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted((one, other) => (one < other ? -1 : 1));
}

/** `sha512-<base64>` over path and hash of every file: a file more, less or changed makes another. */
export async function treeIntegrity(folder: string): Promise<string> {
  const hash = createHash("sha512");
  for (const path of await filesBelow(folder))
    hash.update(`${path}\0${await integrityOf(join(folder, path))}\n`);
  return `sha512-${hash.digest("base64")}`;
}

/** What all of them look like now, in one text; undefined if there is no folder, or something in it is no regular file. */
export async function lookAtTree(folder: string): Promise<string | undefined> {
  const paths = await filesBelow(folder).catch(() => []);
  const looks = await Promise.all(paths.map((path) => lookAt(join(folder, path))));
  if (paths.length === 0 || looks.includes(undefined)) return undefined;
  return paths.map((path, index) => JSON.stringify([path, looks[index]])).join("\n");
}

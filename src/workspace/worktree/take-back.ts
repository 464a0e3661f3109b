/** Takes a write back that did not come to its end: every file is again what it was, but for what the owner has changed since. */
import { copyFileSync, linkSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { SafeFolder } from "../safe-folder.ts";
import type { Journal, JournalWrite } from "./journal.ts";
import { removeIfEmpty, restoreFolder, unlink, within } from "./moves.ts";
import { openStaging } from "./staging.ts";
import type { Staging } from "./staging.ts";

/** Returns the files that were left as they are because they changed since; what they were before is kept in the record. */
export function takeBack(
  owner: SafeFolder,
  id: string,
  journal: Journal,
  recordDir: string,
): readonly string[] {
  using staging = openStaging(owner, id);
  // Without it nothing was written yet, or everything was tidied.
  if (staging === undefined) return [];
  const left: string[] = [];
  const writes = [...journal.writes.entries()].toReversed();
  for (const [index, write] of writes)
    if (write.kind !== "delete" && !isTakenBack(owner, staging, write, index))
      keepInRecord(staging, recordDir, index, left, write.path);
  for (const path of journal.made.toReversed()) removeIfEmpty(owner, path);
  for (const folder of journal.removable.toSorted(
    (one, other) => one.path.length - other.path.length,
  ))
    restore(owner, folder);
  for (const [index, write] of writes)
    if (write.kind === "delete" && !isPutBack(owner, staging, write, index))
      keepInRecord(staging, recordDir, index, left, write.path);
  return left;
}

/** A new file is removed or gives way to the old one, if it is still as it was written. */
function isTakenBack(
  owner: SafeFolder,
  { fresh, kept }: Staging,
  { path, kind, ino, mtimeNs }: JournalWrite,
  index: number,
): boolean {
  // Not yet put in its place; a new file that is linked into its place still has its name here.
  if (kind === "replace" && fresh.stat(`${index}`) !== undefined) return true;
  try {
    return within(owner, path, (folder, name) => {
      const found = folder.stat(name);
      if (found === undefined) return kind === "create";
      if (`${found.ino}` !== ino) return kind === "create" && fresh.stat(`${index}`) !== undefined;
      if (`${found.mtimeNs}` !== mtimeNs) return false;
      if (kind === "create") unlink(owner, path);
      else renameSync(kept.at(`${index}`), folder.at(name));
      return true;
    });
  } catch {
    return kind === "create";
  }
}

/** A deleted file comes back, if nothing has taken its place. */
function isPutBack(
  owner: SafeFolder,
  { kept }: Staging,
  { path }: JournalWrite,
  index: number,
): boolean {
  if (kept.stat(`${index}`) === undefined) return true;
  try {
    return within(owner, path, (folder, name) => {
      if (folder.stat(name) !== undefined) return false;
      renameSync(kept.at(`${index}`), folder.at(name));
      return true;
    });
  } catch {
    return false;
  }
}

function restore(owner: SafeFolder, folder: Journal["removable"][number]): void {
  try {
    restoreFolder(owner, folder);
  } catch {
    // A file of the owner stands there by now; what belongs below it is kept in the record.
  }
}

/** In `kept/` of the record, by number; the caller names the path. */
function keepInRecord(
  { kept }: Staging,
  recordDir: string,
  index: number,
  left: string[],
  path: string,
): void {
  left.push(path);
  if (kept.stat(`${index}`)?.isFile() !== true) return;
  const folder = join(recordDir, "kept");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const to = join(
    folder,
    `${left.length}-${
      path
        .split("/")
        .at(-1)
        ?.replaceAll(/[^A-Za-z0-9._-]/g, "_")
        .slice(0, 100) ?? ""
    }`,
  );
  try {
    linkSync(kept.at(`${index}`), to);
  } catch {
    copyFileSync(kept.at(`${index}`), to);
  }
}

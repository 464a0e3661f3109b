/** Single steps in the owner's folder, each from an open folder: no link is followed, nothing outside of the folder can be reached. */
import {
  chmodSync,
  copyFileSync,
  constants,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { placeOf } from "../changes/sift.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { JournalFolder } from "./journal.ts";
import { isSeen } from "./place.ts";
import type { Seen } from "./place.ts";

/** Somebody else changed the file between the look at it and the step. */
export class Changed extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} changed`);
    this.path = path;
  }
}

/** Runs a step with the open folder that holds the path, and the name in it. */
export function within<Result>(
  root: SafeFolder,
  path: string,
  step: (folder: SafeFolder, name: string) => Result,
): Result {
  const { folder, name } = placeOf(path);
  using open = root.folder(folder);
  if (open === undefined) throw new Changed(path);
  return step(open, name);
}

/** Puts a new file where nothing is; if something is there by now, it stays. */
export function create(root: SafeFolder, path: string, from: SafeFolder, index: number): void {
  within(root, path, (folder, name) => {
    try {
      linkSync(from.at(`${index}`), folder.at(name));
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw new Changed(path);
      if (!hasNoLinks(error)) throw error;
      if (folder.stat(name) !== undefined) throw new Changed(path);
      renameSync(from.at(`${index}`), folder.at(name));
    }
  });
}

/** Takes the place of a file in one step; the old one stays as a backup. */
export function replace(
  root: SafeFolder,
  path: string,
  seen: Seen,
  from: SafeFolder,
  backup: SafeFolder,
  index: number,
): void {
  within(root, path, (folder, name) => {
    if (!isSeen(folder.stat(name), seen)) throw new Changed(path);
    const linked = keep(folder.at(name), backup.at(`${index}`));
    if (!linked && !isSeen(folder.stat(name), seen)) throw new Changed(path);
    renameSync(from.at(`${index}`), folder.at(name));
    // An editor may have written into it since the look.
    if (linked && !isSeen(backup.stat(`${index}`), seen)) throw new Changed(path);
  });
}

/** Moves a file out of the way, to the backups. */
export function remove(
  root: SafeFolder,
  path: string,
  seen: Seen,
  backup: SafeFolder,
  index: number,
): void {
  within(root, path, (folder, name) => {
    if (!isSeen(folder.stat(name), seen)) throw new Changed(path);
    renameSync(folder.at(name), backup.at(`${index}`));
    if (!isSeen(backup.stat(`${index}`), seen)) throw new Changed(path);
  });
}

/** Makes a folder that belongs to whom the one above it belongs to. */
export function makeFolder(root: SafeFolder, path: string, mode: number): void {
  within(root, path, (folder, name) => {
    mkdirSync(folder.at(name), { mode });
    giveTo(folder.at(name), folder);
  });
}

/** Makes a folder that was removed, as it was. */
export function restoreFolder(root: SafeFolder, { path, mode, uid, gid }: JournalFolder): void {
  within(root, path, (folder, name) => {
    if (folder.stat(name) !== undefined) return;
    mkdirSync(folder.at(name), { mode });
    chmodSync(folder.at(name), mode);
    if (process.getuid?.() === 0) lchownSync(folder.at(name), uid, gid);
  });
}

/** Removes a folder if it is empty, and says whether it did. */
export function removeIfEmpty(root: SafeFolder, path: string): boolean {
  try {
    within(root, path, (folder, name) => rmdirSync(folder.at(name)));
    return true;
  } catch {
    return false;
  }
}

export function unlink(root: SafeFolder, path: string): void {
  within(root, path, (folder, name) => unlinkSync(folder.at(name)));
}

/** What root makes belongs to whom the folder belongs to. */
export function giveTo(path: Buffer, folder: SafeFolder): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = folder.self();
  lchownSync(path, Number(uid), Number(gid));
}

/** A second name for a file; where the file system has none, a copy. Says whether it is a name. */
function keep(path: Buffer, backup: Buffer): boolean {
  try {
    linkSync(path, backup);
    return true;
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    if (lstatSync(path).isSymbolicLink())
      symlinkSync(readlinkSync(path, { encoding: "buffer" }), backup);
    else copyFileSync(path, backup, constants.COPYFILE_EXCL);
    return false;
  }
}

function hasNoLinks(error: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"].includes(codeOf(error));
}

export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

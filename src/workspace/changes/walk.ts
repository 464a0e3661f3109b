/** Finds what differs between a bottle's folder and what it is compared with; ignored files are passed over. */
import { tooLarge } from "../stage/errors.ts";
import { maxIgnoreFile } from "../stage/ignore.ts";
import type { Ignore } from "../stage/ignore.ts";
import { isSafeName } from "../stage/paths.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Reference } from "./reference.ts";

/** One file that is not as it is known. Paths are one character a byte. */
export interface FoundFile {
  readonly folder: string;
  readonly name: string;
  readonly path: string;
  readonly kind: "file" | "link";
}

export interface Found {
  readonly changed: readonly FoundFile[];
  readonly deleted: readonly string[];
  /** What stays as it is known, or stays behind, and why. */
  readonly skipped: readonly SkippedFile[];
}

export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
  /** It may hold work that is nowhere else; a socket does not. */
  readonly content: boolean;
}

export interface WalkOptions {
  readonly work: SafeFolder;
  readonly reference: Reference;
  /** Absent for a folder without git: there nothing is ignored, and repositories inside are folders like others. */
  readonly ignore: Ignore | undefined;
  /** Whether anything below a folder has changed since the copy was made. */
  readonly isTouched: (path: string) => boolean;
  /** What is not there was not deleted: the owner keeps it out of his folder. */
  readonly sparse: boolean;
  /** Entries that are looked at. */
  readonly maxEntries?: number;
}

/** What a file may hold to be brought back. */
export const maxFile: number = 512 * 1024 * 1024;
const maxTotal = 4 * 1024 * 1024 * 1024;
const defaultEntries = 1_000_000;
const maxPath = 2_000;
const maxSkipped = 200;
const noContent = "it is no file, folder or link";

export async function findChanges(options: WalkOptions): Promise<Found> {
  const { reference, sparse } = options;
  const walk: Walk = {
    ...options,
    seen: new Set(),
    changed: [],
    skipped: [],
    kept: new Set(),
    entries: 0,
    bytes: 0,
  };
  for (let level: readonly string[] = [""]; level.length > 0;) level = await walkLevel(walk, level);
  const deleted: string[] = [];
  if (!sparse)
    for (const path of reference.paths)
      if (!walk.seen.has(path) && !reference.isSubmodule(path) && !isKept(walk, path))
        deleted.push(path);
  return { changed: walk.changed, deleted, skipped: walk.skipped };
}

interface Walk extends WalkOptions {
  readonly seen: Set<string>;
  readonly changed: FoundFile[];
  readonly skipped: SkippedFile[];
  /** Every skipped path: what is below counts as unchanged, not as deleted. */
  readonly kept: Set<string>;
  entries: number;
  bytes: number;
}

interface Level {
  readonly known: string[];
  readonly newFolders: string[];
  readonly newFiles: FoundFile[];
}

/** All folders of one depth, so that git is asked once a depth; returns the folders of the next. */
async function walkLevel(walk: Walk, folders: readonly string[]): Promise<readonly string[]> {
  const level: Level = { known: [], newFolders: [], newFiles: [] };
  for (const folder of folders) {
    using open = walk.work.folder(folder);
    if (open === undefined) skip(walk, folder, "it cannot be read");
    else readFolder(walk, level, open, folder);
  }
  const { known, newFolders, newFiles } = level;
  const ignored = await walk.ignore?.ignored([...newFolders, ...newFiles.map(({ path }) => path)]);
  const stays = (path: string): boolean => ignored === undefined || !ignored.has(path);
  for (const file of newFiles) {
    if (!stays(file.path)) continue;
    using open = walk.work.folder(file.folder);
    if (open !== undefined) addChanged(walk, open, file);
  }
  return [...known, ...newFolders.filter((path) => stays(path) && !isRepository(walk, path))];
}

function readFolder(walk: Walk, level: Level, open: SafeFolder, folder: string): void {
  const { reference, ignore, maxEntries = defaultEntries } = walk;
  const rules = ignore && open.read(".gitignore", maxIgnoreFile);
  if (rules !== undefined) ignore?.addRules(folder, rules);
  for (const { name, kind } of open.names()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    walk.entries += 1;
    if (walk.entries > maxEntries) throw tooLarge("more files", `${maxEntries}`);
    // The bottle's repository is read elsewhere; a name like it, anywhere else, is an attack or another repository.
    if (path === ".git" && ignore !== undefined) continue;
    if (name === ".git" && ignore === undefined)
      skipTouched(walk, path, "repositories are not brought back from a folder without one");
    else if (!isSafeName(name)) skip(walk, path, "its name is not safe on every file system");
    else if (path.length > maxPath) skip(walk, path, "its path is too long");
    else if (kind === "other") skip(walk, path, noContent);
    else if (kind === "folder") {
      if (reference.isSubmodule(path)) {
        skipTouched(walk, path, "it is a submodule; what changed in it stays behind");
        continue;
      }
      if (reference.folders.has(path)) level.known.push(path);
      else {
        level.newFolders.push(path);
        ignore?.addFolder(path);
      }
    } else if (reference.has(path)) {
      walk.seen.add(path);
      const file = { folder, name, path, kind };
      if (!isSame(walk, open, file)) addChanged(walk, open, file);
    } else level.newFiles.push({ folder, name, path, kind });
  }
}

/** What cannot be read is not the same; it is passed over later, with a reason. */
function isSame({ reference }: Walk, open: SafeFolder, { path, name, kind }: FoundFile): boolean {
  if (kind === "link") return reference.isSameLink(path, open.link(name) ?? Buffer.alloc(0));
  using file = open.file(name);
  return file !== undefined && reference.isSameFile(path, file);
}

/** Sizes are judged before a byte is read: a sparse file of two terabytes costs nothing to announce. */
function addChanged(walk: Walk, open: SafeFolder, found: FoundFile): void {
  if (found.kind === "file") {
    using file = open.file(found.name);
    if (file === undefined) return skip(walk, found.path, "it cannot be read");
    if (file.size > maxFile)
      return skip(
        walk,
        found.path,
        `its ${file.size} bytes are more than the ${maxFile} that are brought back`,
      );
    walk.bytes += file.size;
    if (walk.bytes > maxTotal) throw tooLarge("more changed bytes", `${maxTotal}`);
  }
  walk.changed.push(found);
}

function isRepository(walk: Walk, path: string): boolean {
  if (walk.ignore === undefined) return false;
  using open = walk.work.folder(path);
  if (open?.stat(".git") === undefined) return false;
  skipTouched(walk, path, "it is a repository of its own; what changed in it stays behind");
  return true;
}

function isKept({ kept }: Walk, path: string): boolean {
  if (kept.size === 0) return false;
  const steps = path.split("/");
  return steps.some((_step, index) => kept.has(steps.slice(0, index + 1).join("/")));
}

/** What is as it was copied is no news. */
function skipTouched(walk: Walk, path: string, reason: string): void {
  if (walk.isTouched(path)) skip(walk, path, reason);
  else walk.kept.add(path);
}

function skip(walk: Walk, path: string, reason: string): void {
  walk.kept.add(path);
  if (walk.skipped.length < maxSkipped)
    walk.skipped.push({ path, reason, content: reason !== noContent });
}

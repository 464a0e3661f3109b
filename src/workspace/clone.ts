/** The private copy of a workspace that a bottle works on: nothing in it is shared with the original. */
import {
  constants,
  chmodSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { copyFile, mkdir, rm, statfs } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { BottleError } from "../errors/error.ts";
import { requireWholeRepository } from "./git-folder.ts";
import { join, nameOf, namesIn, printable } from "./names.ts";
import type { Named } from "./names.ts";
import { checkSource } from "./source.ts";

export interface CloneOptions {
  /** Absolute path on the host. */
  readonly source: string;
  /** Made if it is not there; must be empty. */
  readonly target: string;
  /** Who shall own the copy; taken into account when root makes it. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export interface CloneResult {
  readonly files: number;
  readonly bytes: number;
  /** `reflink` where the file system can share blocks until they are written to. */
  readonly method: "reflink" | "copy";
  /** Sockets, FIFOs and devices, which were left out; at most `maxNamed` of them. */
  readonly skipped: readonly string[];
}

/** Paths that a result or an error names at most. */
const maxNamed = 20;
/** A file this large is copied by another thread. */
const largeFile = 256 * 1024;
/** Milliseconds of copying in one go: a gateway may be starting in the same process. */
const slice = 8;
/** Magic numbers of statfs(2) for btrfs, xfs and bcachefs. */
const reflinkSystems: ReadonlySet<number> = new Set([0x9123683e, 0x58465342, 0xca451a4e]);
/** Never over something; sharing blocks where that is possible; never a hard link. */
const copyMode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;

/** Copies files, folders and symlinks (as links, never followed) with their permissions, less setuid, setgid and sticky bits. */
export async function cloneWorkspace(options: CloneOptions): Promise<CloneResult> {
  const { source, target, owner } = options;
  await mkdir(target, { recursive: true, mode: 0o700 });
  const root = await checkSource(source, target);
  await requireWholeRepository(root);
  const chown = process.getuid?.() === 0 ? owner : undefined;
  const job: Job = {
    root: nameOf(root),
    target: nameOf(target),
    chown,
    files: 0,
    bytes: 0,
    skipped: [],
    unreadable: [],
  };
  try {
    await copyTree(job);
    if (job.unreadable.length > 0) throw unreadable(job.unreadable);
  } catch (error) {
    await empty(job.target);
    throw error instanceof BottleError ? error : failed(source, error);
  }
  const method = reflinkSystems.has((await statfs(target)).type) ? "reflink" : "copy";
  return { files: job.files, bytes: job.bytes, method, skipped: job.skipped };
}

interface Job {
  /** Both as names (names.ts). */
  readonly root: string;
  readonly target: string;
  readonly chown: { readonly uid: number; readonly gid: number } | undefined;
  files: number;
  bytes: number;
  readonly skipped: string[];
  readonly unreadable: string[];
}

/** One call a file costs a fifth of one promise a file, so the calls are synchronous, and the loop gets its turn in between. */
async function copyTree(job: Job): Promise<void> {
  const folders = [""];
  let until = performance.now() + slice;
  // The list grows while it is walked.
  for (const folder of folders) {
    for (const entry of entriesOf(job, folder)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "folder") {
        mkdirSync(join(job.target, path), { mode: 0o700 });
        folders.push(path);
      } else if (entry.kind === "file") await copyOne(job, path);
      else if (entry.kind === "link") copyLink(job, path);
      else if (job.skipped.length < maxNamed) job.skipped.push(printable(path));
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + slice;
    }
  }
  // Last and deepest first: a folder without the write bit takes no files. The root of the copy stays private.
  for (const folder of folders.toReversed())
    finish(job, folder, folder === "" ? undefined : lstatSync(join(job.root, folder)).mode);
}

function entriesOf(job: Job, folder: string): readonly Named[] {
  try {
    return namesIn(join(job.root, folder));
  } catch (error) {
    noteUnreadable(job, folder, error);
    return [];
  }
}

async function copyOne(job: Job, path: string): Promise<void> {
  const from = join(job.root, path);
  const to = join(job.target, path);
  const found: Stats = lstatSync(from);
  try {
    if (found.size < largeFile) copyFileSync(from, to, copyMode);
    else await copyFile(from, to, copyMode);
  } catch (error) {
    noteUnreadable(job, path, error);
    return;
  }
  utimesSync(to, found.atime, found.mtime);
  // copyFile gives the source's mode; special bits must not come along.
  finish(job, path, (found.mode & 0o7000) === 0 ? undefined : found.mode);
  job.files += 1;
  job.bytes += found.size;
}

function copyLink(job: Job, path: string): void {
  symlinkSync(readlinkSync(join(job.root, path), { encoding: "buffer" }), join(job.target, path));
  finish(job, path, undefined);
  job.files += 1;
}

function finish(job: Job, path: string, mode: number | undefined): void {
  const to = join(job.target, path);
  if (mode !== undefined) chmodSync(to, mode & 0o777);
  if (job.chown !== undefined) lchownSync(to, job.chown.uid, job.chown.gid);
}

function noteUnreadable(job: Job, path: string, error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EACCES" && code !== "EPERM") throw error;
  if (job.unreadable.length < maxNamed) job.unreadable.push(path === "" ? "." : printable(path));
}

async function empty(folder: string): Promise<void> {
  for (const { name } of namesIn(join(folder, "")))
    await rm(join(folder, name), { recursive: true, force: true });
}

function unreadable(paths: readonly string[]): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_UNREADABLE",
    what: "The workspace has files that you may not read, so it cannot be copied whole.",
    why: `Not readable: ${paths.join(", ")}${paths.length === maxNamed ? ", and perhaps more" : ""}.`,
    next: "Make them readable or move them out of the folder, or choose another folder with --workspace.",
  });
}

function failed(source: string, error: unknown): BottleError {
  const { code } = error as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new BottleError({
    code: "E_WORKSPACE_COPY",
    what: `The workspace ${source} could not be copied.`,
    why: full
      ? "The disk that holds the records is full."
      : `The system said ${code ?? "nothing more"}; a file may have changed while it was copied.`,
    next: full
      ? "Make room, remove old bottles, or set XDG_STATE_HOME to a folder on another disk."
      : "Start again when nothing else writes to the folder.",
    cause: error,
  });
}

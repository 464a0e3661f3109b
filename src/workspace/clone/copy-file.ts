/** Copies one file or link: opened once, judged and read by that, so that what changes places meanwhile changes nothing. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFile as copyFileCallback,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  openSync,
  readSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { hash } from "node:crypto";
import { promisify } from "node:util";
import { bytesOf, printable } from "../names.ts";
import { skip, targetPath } from "./copy-job.ts";
import type { CopyJob, Tracked } from "./copy-job.ts";
import { copyHoles, hasHoles, maxHoles, shareBlocks } from "./copy-holes.ts";
import { blobId, pointerId, pointerIdOf } from "./lfs.ts";
import { hasCredential, hasSecretName, hasToken, maxLookedInto } from "./masks.ts";

const copyFile = promisify(copyFileCallback);
const { O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** Never over something; sharing blocks where that is possible; never a hard link. */
const copyMode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
const newFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

/** One file of the source. `folder`: the open folder's path in /proc, as a name. */
export interface Found {
  readonly folder: string;
  readonly name: string;
  /** From the workspace's top. */
  readonly path: string;
  readonly tracked: Tracked | undefined;
}

/** Small files at once; a promise for those that take longer. `buffer` holds `maxLookedInto` bytes. */
export function copyOne(job: CopyJob, found: Found, buffer: Buffer): Promise<void> | undefined {
  const fd = openSource(job, found);
  if (fd === undefined) return undefined;
  let later: Promise<void> | undefined;
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile()) skip(job, found.path);
    else if (seen.size > 0 && hasSecretName(found.path) && !job.reveal.has(found.path))
      writeMasked(job, found, seen);
    else if (seen.size <= maxLookedInto) copySmall(job, found, seen, fd, buffer);
    else later = copyLarge(job, found, seen, fd).finally(() => closeSync(fd));
  } finally {
    if (later === undefined) closeSync(fd);
  }
  return later;
}

/** What is gone by now is as if it had gone before. */
function openSource(job: CopyJob, { folder, name, path }: Found): number | undefined {
  try {
    return openSync(bytesOf(`${folder}/${name}`), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    job.unreadable.push(printable(path));
    return undefined;
  }
}

function copySmall(job: CopyJob, found: Found, seen: Stats, fd: number, buffer: Buffer): void {
  let length = 0;
  // No more than it had when it was opened: a log may be growing.
  while (length < seen.size) {
    const count = readSync(fd, buffer, length, seen.size - length, null);
    if (count === 0) break;
    length += count;
  }
  const content = buffer.subarray(0, length);
  const text = buffer.toString("latin1", 0, length);
  const isSame = judgeSmall(found.tracked, seen, content);
  // The rules of what to ignore keep others out: they stay, whatever else is in them.
  if (found.name !== ".gitignore" && !job.reveal.has(found.path)) {
    if (hasCredential(found.path, text)) return writeMasked(job, found, seen);
    if (hasToken(text)) {
      // Emptying what the history holds as well would hide nothing, and break the program that it is part of.
      if (!isSame) return writeMasked(job, found, seen);
      job.exposed.push(printable(found.path));
    }
  }
  writeNew(job, found, seen, content);
}

function writeMasked(job: CopyJob, found: Found, seen: Stats): void {
  const { tracked, path } = found;
  tracked?.index.assume(tracked.path);
  job.masked.push(printable(path));
  if (tracked !== undefined) job.maskedInHistory.push(printable(path));
  writeNew(job, found, seen, Buffer.alloc(0));
}

function writeNew(job: CopyJob, { path }: Found, seen: Stats, content: Buffer): void {
  take(job, content.length);
  const mode = seen.mode & 0o777;
  const fd = openSync(targetPath(job, path), newFile, mode);
  try {
    for (let from = 0; from < content.length;)
      from += writeSync(fd, content, from, content.length - from, null);
    futimesSync(fd, seen.atimeMs / 1000, seen.mtimeMs / 1000);
    if ((mode & job.umask) !== 0) fchmodSync(fd, mode);
    if (job.chown !== undefined) fchownSync(fd, job.chown.uid, job.chown.gid);
    job.base?.add(path, {
      kind: "file",
      mode,
      size: content.length,
      mtimeNs: String(fstatSync(fd, { bigint: true }).mtimeNs),
      sha256: hash("sha256", content, "hex"),
    });
  } finally {
    closeSync(fd);
  }
  job.files += 1;
  job.bytes += content.length;
}

/** Whether a tracked file is as its index has it; git inside is told to look where that is not sure. */
function judgeSmall(tracked: Tracked | undefined, seen: Stats, content: Buffer): boolean {
  if (tracked === undefined) return false;
  const { index, path, scope } = tracked;
  const verdict = index.compare(path, seen);
  if (verdict === "same") return true;
  const { idLength, usesLfs } = scope.repository;
  const id = index.idOf(path);
  if (verdict === "uncertain") {
    if (blobId(content, idLength) === id) return true;
    if (usesLfs && pointerIdOf(content, idLength) === id) return true;
  }
  index.distrust(path);
  return false;
}

/** By another thread, as this one serves a gateway that may be starting. */
async function copyLarge(job: CopyJob, found: Found, seen: Stats, fd: number): Promise<void> {
  const { path, tracked } = found;
  if (tracked !== undefined && !(await isSameLarge(tracked, seen, fd)))
    tracked.index.distrust(tracked.path);
  const to = targetPath(job, path);
  let written = seen.size;
  if (!hasHoles(seen)) {
    take(job, seen.size);
    await copyFile(`/proc/self/fd/${fd}`, to, copyMode);
  } else if (!(await shareBlocks(fd, to))) {
    if (seen.size > maxHoles) return skip(job, path, `${seen.size} bytes, most of them holes`);
    written = await copyHoles(fd, to, seen, (bytes) => take(job, bytes));
  }
  utimesSync(to, seen.atimeMs / 1000, seen.mtimeMs / 1000);
  const mode = seen.mode & 0o777;
  chmodSync(to, mode);
  if (job.chown !== undefined) lchownSync(to, job.chown.uid, job.chown.gid);
  const { size, mtimeNs } = lstatSync(to, { bigint: true });
  job.base?.add(path, { kind: "file", mode, size: Number(size), mtimeNs: String(mtimeNs) });
  job.files += 1;
  job.bytes += written;
}

async function isSameLarge(
  { index, path, scope }: Tracked,
  seen: Stats,
  fd: number,
): Promise<boolean> {
  const verdict = index.compare(path, seen);
  if (verdict !== "uncertain") return verdict === "same";
  const { idLength, usesLfs } = scope.repository;
  return usesLfs && (await pointerId(fd, idLength)) === index.idOf(path);
}

/** As a link; never followed. */
export function copyLink(job: CopyJob, { folder, name, path }: Found): void {
  const from = bytesOf(`${folder}/${name}`);
  let to: Buffer;
  let seen: Stats;
  try {
    to = readlinkSync(from, { encoding: "buffer" });
    seen = lstatSync(from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const made = targetPath(job, path);
  symlinkSync(to, made);
  lutimesSync(made, seen.atimeMs / 1000, seen.mtimeMs / 1000);
  if (job.chown !== undefined) lchownSync(made, job.chown.uid, job.chown.gid);
  job.base?.add(path, {
    kind: "link",
    mode: 0o777,
    size: to.length,
    mtimeNs: String(lstatSync(made, { bigint: true }).mtimeNs),
    sha256: hash("sha256", to, "hex"),
  });
  job.files += 1;
}

/** A disk that others need as well is not filled to its end. */
function take(job: CopyJob, bytes: number): void {
  job.room -= bytes;
  if (job.room < 0) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
}

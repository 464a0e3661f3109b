/**
 * Takes an archive in against the folder that it shall become: what differs is staged beside, and nothing in the folder changes
 * until all of it has come. What is cut off leaves everything as it was.
 */
import { closeSync, futimesSync, fchmodSync, fchownSync, lchownSync, readlinkSync } from "node:fs";
import { symlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Step } from "./difference.ts";
import { FileIntake } from "./file-intake.ts";
import { OpenFolder, cut } from "./open-step.ts";
import { readTar } from "./tar/read.ts";
import type { ReadEntry, TarLimits } from "./tar/read.ts";
import { TarError } from "./tar/tar-error.ts";

export interface ReceiveOptions {
  /** The first name of every entry. */
  readonly root: string;
  /** The folder as it was. */
  readonly folder: string;
  /** An empty folder of ours on the same file system. */
  readonly staging: string;
  /** Of what is new there; several archives share one folder. */
  readonly prefix: string;
  /** To whom root gives what is new. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly limits: TarLimits;
}

export interface Received {
  readonly steps: readonly Step[];
  /** Pipes, devices and second names of links: not taken. */
  readonly leftOut: number;
  readonly bytes: number;
}

/** Milliseconds of work in one go. */
const slice = 8;

export async function receiveTree(
  parts: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<Received> {
  using base = OpenFolder.open(options.folder);
  using staging = OpenFolder.open(options.staging);
  const intake: Intake = {
    ...options,
    base,
    staging,
    steps: [],
    kept: new Map(),
    staged: 0,
    leftOut: 0,
    bytes: 0,
    current: undefined,
  };
  let until = performance.now() + slice;
  try {
    for await (const entry of readTar(parts, options.root, options.limits)) {
      await take(intake, entry);
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + slice;
    }
    await findRemoved(intake);
  } finally {
    intake.current?.open?.[Symbol.dispose]();
  }
  return { steps: intake.steps, leftOut: intake.leftOut, bytes: intake.bytes };
}

interface Intake extends Omit<ReceiveOptions, "staging"> {
  readonly base: OpenFolder;
  readonly staging: OpenFolder;
  readonly steps: Step[];
  /** What is there afterwards, and whether it is as it was. */
  readonly kept: Map<string, "folder" | "same" | "new">;
  staged: number;
  leftOut: number;
  bytes: number;
  /** The folder of the entry before: mostly it is the next one's as well. */
  current: { readonly path: string; readonly open: OpenFolder | undefined } | undefined;
}

async function take(intake: Intake, entry: ReadEntry): Promise<void> {
  const { steps, kept } = intake;
  const { path, kind, mode } = entry;
  if (kind === "other") {
    intake.leftOut += 1;
    return;
  }
  const [folder, name] = cut(path);
  const open = folderAt(intake, folder);
  const found = open?.stat(name);
  if (kind === "folder") {
    kept.set(path, "folder");
    // One that its owner closed to himself was opened on the way.
    const same = found?.isDirectory() === true && (found.mode & 0o777) === mode;
    if (!same || (mode & 0o700) !== 0o700) steps.push({ do: "folder", path, mode });
  } else if (kind === "hard-link") {
    if (kept.get(entry.to) === "same" && isSameFile(intake, entry.to, found))
      kept.set(path, "same");
    else {
      kept.set(path, "new");
      steps.push({ do: "same-file", path, to: entry.to });
    }
  } else if (kind === "link") takeLink(intake, entry, open, name);
  else await takeFile(intake, entry, open, name);
}

function takeLink(
  intake: Intake,
  { path, to }: ReadEntry,
  open: OpenFolder | undefined,
  name: string,
): void {
  if (open?.stat(name)?.isSymbolicLink() === true) {
    const now = readlinkSync(open.at(name), { encoding: "buffer" });
    if (now.toString("latin1") === to) {
      intake.kept.set(path, "same");
      return;
    }
  }
  const staged = nextStaged(intake);
  symlinkSync(Buffer.from(to, "latin1"), intake.staging.at(staged));
  const { owner } = intake;
  if (owner !== undefined) lchownSync(intake.staging.at(staged), owner.uid, owner.gid);
  intake.kept.set(path, "new");
  intake.steps.push({ do: "put", path, staged });
}

/** Compared while it comes; from the first byte on that differs it is written down. */
async function takeFile(
  intake: Intake,
  { path, mode, size, modified, content }: ReadEntry,
  open: OpenFolder | undefined,
  name: string,
): Promise<void> {
  const before = open?.file(name);
  let staged: string | undefined;
  const file = new FileIntake(before?.stat.size === size ? before.fd : undefined, () => {
    staged = nextStaged(intake);
    return intake.staging.create(staged);
  });
  try {
    for await (const part of content) file.add(part);
    intake.bytes += size;
    const fd = file.finish(size);
    if (fd === undefined) {
      intake.kept.set(path, "same");
      const stat = before?.stat;
      // A daemon tells whole seconds.
      const alike =
        stat !== undefined &&
        (stat.mode & 0o777) === mode &&
        Math.floor(stat.mtimeMs / 1000) === Math.floor(modified);
      if (!alike) intake.steps.push({ do: "touch", path, mode, modified });
      return;
    }
    futimesSync(fd, modified, modified);
    if (intake.owner !== undefined) fchownSync(fd, intake.owner.uid, intake.owner.gid);
    fchmodSync(fd, mode);
  } finally {
    file[Symbol.dispose]();
    if (before !== undefined) closeSync(before.fd);
  }
  if (staged === undefined) throw new TypeError("a file that was staged nowhere");
  intake.kept.set(path, "new");
  intake.steps.push({ do: "put", path, staged });
}

function nextStaged(intake: Intake): string {
  intake.staged += 1;
  return `${intake.prefix}${intake.staged}`;
}

function folderAt(intake: Intake, path: string): OpenFolder | undefined {
  if (intake.current?.path !== path) {
    intake.current?.open?.[Symbol.dispose]();
    intake.current = undefined;
    intake.current = { path, open: intake.base.below(path) };
  }
  return intake.current?.open;
}

function isSameFile({ base }: Intake, to: string, found: Stats | undefined): boolean {
  const [folder, name] = cut(to);
  using open = base.below(folder);
  const other = open?.stat(name);
  return found !== undefined && other?.ino === found.ino && other.dev === found.dev;
}

/** What was there and did not come is gone. */
async function findRemoved({ base, steps, kept }: Intake): Promise<void> {
  const folders = [""];
  let until = performance.now() + slice;
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    using open = base.below(path);
    for (const name of open?.names() ?? []) {
      const below = path === "" ? name : `${path}/${name}`;
      const now = kept.get(below);
      if (now === undefined) steps.push({ do: "remove", path: below });
      else if (now === "folder" && open?.stat(name)?.isDirectory() === true) folders.push(below);
    }
    if (performance.now() < until) continue;
    await setImmediate();
    until = performance.now() + slice;
  }
}

/** For whoever asks why nothing came: words of ours. */
export function whyRefused(error: unknown): string | undefined {
  return error instanceof TarError ? error.message : undefined;
}

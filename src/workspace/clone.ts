/** The private copy of a workspace that a bottle works on: nothing in it is shared with the original. */
import { lchownSync, lstatSync } from "node:fs";
import type { StatsFs } from "node:fs";
import { mkdir, rm, statfs } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { BottleError } from "../errors/error.ts";
import { openBaseListing } from "./clone/base-listing.ts";
import type { BaseListing } from "./clone/base-listing.ts";
import type { RefChoice } from "./clone/choose-refs.ts";
import { currentUmask, nameSome } from "./clone/copy-job.ts";
import type { CopyJob } from "./clone/copy-job.ts";
import { copyTree } from "./clone/copy-tree.ts";
import { enterRepository } from "./clone/enter-repository.ts";
import { copyFailed, tooManyMasked, unreadable } from "./clone/errors.ts";
import { globalExcludes } from "./clone/excludes.ts";
import type { NewRepository } from "./clone/make-repository.ts";
import type { WorkspaceFacts } from "./facts.ts";
import { globs } from "./glob.ts";
import { bytesOf, nameOf, namesIn } from "./names.ts";
import { checkSource } from "./source.ts";

export interface CloneOptions {
  /** Absolute path on the host. */
  readonly source: string;
  /** Made if it is not there; must be empty. */
  readonly target: string;
  /** Who shall own the copy; taken into account when root makes it. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** What of it is carried. */
  readonly plan: {
    readonly refs: RefChoice;
    readonly ignored: "none" | "all" | readonly string[];
    readonly reveal: readonly string[];
  };
  /** Gets `base.jsonl` if the folder has no repository. */
  readonly recordDir: string;
  /** The owner's: his git's global rules of what to ignore hold. */
  readonly home: string;
  /** The owner's PATH, to find git; used only if there is a repository. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends it before its time; what was copied is taken back. */
  readonly signal?: AbortSignal;
}

/** Magic numbers of statfs(2) for btrfs, xfs and bcachefs: a copy takes no room there until it is written to. */
const sharingSystems: ReadonlySet<number> = new Set([0x9123683e, 0x58465342, 0xca451a4e]);
/** What stays free of the disk: a record must still be written, and others use it, too. */
const reserve = { bytes: 256 * 1024 * 1024, share: 0.02 } as const;
/** The record names all of them: what is empty inside must be told from what the agent emptied. */
const maxMasked = 2000;
const baseName = "base.jsonl";

/** Copies files, folders and links (never followed) with their permissions, less setuid, setgid and sticky bits; git repositories anew. */
export async function cloneWorkspace(options: CloneOptions): Promise<WorkspaceFacts> {
  const { source, target, recordDir } = options;
  await mkdir(target, { recursive: true, mode: 0o700 });
  const root = await checkSource(source, target);
  const git = lstatSync(joinPath(root, ".git"), { throwIfNoEntry: false }) !== undefined;
  const base = git ? undefined : openBaseListing(joinPath(recordDir, baseName));
  const stop = new AbortController();
  const end = (): void => stop.abort();
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted === true) end();
  const job = await makeJob(options, root, base, stop.signal);
  try {
    const scope = git ? await enterRepository(job, "", undefined) : undefined;
    await copyTree(job, scope);
    if (job.unreadable.length > 0) throw unreadable(nameSome(job.unreadable));
    if (job.masked.length > maxMasked) throw tooManyMasked(source, job.masked.length);
    await job.packing;
    for (const { repository } of job.scopes) finishRepository(job, repository, options.now());
    await base?.end();
    return factsOf(job, git, options.now());
  } catch (error) {
    stop.abort();
    // What git had begun must not come after the copy was taken back.
    await job.packing.catch(() => undefined);
    base?.discard();
    await empty(job.target);
    throw error instanceof BottleError ? error : copyFailed(source, error);
  } finally {
    options.signal?.removeEventListener("abort", end);
    for (const { questions } of job.scopes) questions[Symbol.dispose]();
  }
}

async function makeJob(
  { target, owner, plan, home, path }: CloneOptions,
  root: string,
  base: BaseListing | undefined,
  signal: AbortSignal,
): Promise<CopyJob> {
  const disk = await statfs(target);
  const ignored = Array.isArray(plan.ignored) ? (plan.ignored as readonly string[]) : [];
  return {
    root: nameOf(root),
    target: nameOf(target),
    chown: process.getuid?.() === 0 ? owner : undefined,
    umask: currentUmask(),
    refs: plan.refs,
    carryIgnored: plan.ignored === "all",
    // Who names a secret to be shown wants it there.
    wanted: globs([...ignored, ...plan.reveal]),
    reveal: globs(plan.reveal),
    base,
    excludes: base === undefined ? globalExcludes(home) : Buffer.alloc(0),
    path,
    signal,
    scopes: [],
    packing: Promise.resolve(),
    room: sharingSystems.has(disk.type) ? Infinity : roomOn(disk),
    files: 0,
    bytes: 0,
    ignoredLeft: 0,
    masked: [],
    maskedInHistory: [],
    exposed: [],
    dropped: [],
    skipped: [],
    unreadable: [],
  };
}

function roomOn({ bavail, blocks, bsize }: StatsFs): number {
  return bavail * bsize - Math.min(reserve.bytes, blocks * bsize * reserve.share);
}

function factsOf(job: CopyJob, git: boolean, now: number): WorkspaceFacts {
  return {
    git,
    // The millisecond after: the copy's own change times are no change by the agent.
    clonedAt: Math.floor(now) + 1,
    files: job.files,
    bytes: job.bytes,
    masked: job.masked,
    maskedInHistory: job.maskedInHistory,
    exposed: nameSome(job.exposed),
    dropped: nameSome(job.dropped),
    skipped: nameSome(job.skipped),
    ignoredLeft: job.ignoredLeft,
    base: git ? null : baseName,
  };
}

/** The index gets its last word, and the bottle's owner all of it. */
function finishRepository({ chown }: CopyJob, repository: NewRepository, now: number): void {
  repository.finish(now);
  if (chown === undefined) return;
  const folders = [nameOf(repository.gitDir)];
  for (const folder of folders) {
    lchownSync(bytesOf(folder), chown.uid, chown.gid);
    for (const { name, kind } of namesIn(bytesOf(folder))) {
      if (kind === "folder") folders.push(`${folder}/${name}`);
      else lchownSync(bytesOf(`${folder}/${name}`), chown.uid, chown.gid);
    }
  }
}

async function empty(folder: string): Promise<void> {
  for (const { name } of namesIn(bytesOf(folder)))
    await rm(bytesOf(`${folder}/${name}`), { recursive: true, force: true });
}

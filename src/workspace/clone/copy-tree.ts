/** Walks a workspace folder by folder, all of one depth together, so that git is asked once a depth what is ignored. */
import { mkdirSync, rmdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Named } from "../names.ts";
import { copyLink, copyOne } from "./copy-file.ts";
import { below, findTracked, hasTrackedFiles, skip, targetPath } from "./copy-job.ts";
import type { CopyJob, Scope } from "./copy-job.ts";
import { countFiles } from "./count-files.ts";
import { enterRepository } from "./enter-repository.ts";
import { finishFolders } from "./finish-folders.ts";
import type { WalkedFolder } from "./finish-folders.ts";
import { maxLookedInto } from "./masks.ts";
import { openFolder } from "./source-folder.ts";
import type { SourceFolder } from "./source-folder.ts";

/** Milliseconds of copying in one go: a gateway may be starting in the same process. */
const slice = 8;

/** A folder to be walked; it is in the copy already. */
interface Folder {
  readonly path: string;
  readonly scope: Scope | undefined;
  /** `all`: nothing is asked. `ask`: git is asked of what is not tracked. `wanted`: ignored, but the owner names something in it. */
  readonly rule: "all" | "ask" | "wanted";
}

/** An entry that is not tracked, until git has answered. */
interface Candidate extends Named {
  readonly path: string;
}

interface Waiting {
  readonly folder: Folder;
  readonly candidates: readonly Candidate[];
}

interface Walk {
  readonly job: CopyJob;
  readonly buffer: Buffer;
  readonly walked: WalkedFolder[];
  /** Folders of the next depth. */
  next: Folder[];
  until: number;
}

/** Copies it whole; a repository at the top is `scope`. */
export async function copyTree(job: CopyJob, scope: Scope | undefined): Promise<void> {
  const buffer = Buffer.allocUnsafe(maxLookedInto);
  const rule = scope === undefined || job.carryIgnored ? "all" : "ask";
  const first: Folder = { path: "", scope, rule };
  const walk: Walk = { job, buffer, walked: [], next: [first], until: performance.now() + slice };
  while (walk.next.length > 0) {
    const level = walk.next;
    walk.next = [];
    await walkLevel(walk, level);
  }
  finishFolders(job, walk.walked);
}

async function walkLevel(walk: Walk, level: readonly Folder[]): Promise<void> {
  const waiting: Waiting[] = [];
  for (const folder of level) {
    using open = openFolder(walk.job, folder.path);
    const mode = open?.mode ?? 0o755;
    walk.walked.push({ path: folder.path, mode, ifEmpty: folder.rule !== "wanted" });
    if (open === undefined) continue;
    const one = await walkFolder(walk, folder, open);
    if (one.candidates.length > 0) waiting.push(one);
  }
  const answers = await askAll(waiting);
  for (const { folder, candidates } of waiting)
    await settle(walk, folder, candidates, answers.get(folder.scope) ?? new Set());
}

/** Carries what needs no question. */
async function walkFolder(walk: Walk, folder: Folder, open: SourceFolder): Promise<Waiting> {
  const entries = open.names();
  const inside = entries.some(({ name }) => name === ".git")
    ? await enterFolder(walk, folder)
    : folder;
  const candidates: Candidate[] = [];
  for (const { name, kind } of entries) {
    if (name === ".git") continue;
    const path = folder.path === "" ? name : `${folder.path}/${name}`;
    const entry = { name, kind, path };
    if (inside.rule === "wanted") await carryIfWanted(walk, inside, open, entry);
    else if (inside.rule === "all" || isCarried(inside.scope, entry))
      await carry(walk, inside, open, entry);
    else {
      // git judges what it sees: a pattern may be meant for folders only.
      if (kind === "folder") makeFolder(walk.job, path);
      candidates.push(entry);
    }
    await breathe(walk);
  }
  return { folder: inside, candidates };
}

/** The rules are the repository's from here on. */
async function enterFolder(walk: Walk, folder: Folder): Promise<Folder> {
  if (folder.path === "") return folder;
  const scope = await enterRepository(walk.job, folder.path, folder.scope);
  if (scope === undefined) return folder;
  const asks = folder.scope === undefined && !walk.job.carryIgnored;
  return { path: folder.path, scope, rule: asks ? "ask" : folder.rule };
}

/** Tracked; or the rules themselves, without which git inside would see other files as new than git outside. */
function isCarried(scope: Scope | undefined, { name, kind, path }: Candidate): boolean {
  if (kind === "folder") return hasTrackedFiles(scope, path);
  return findTracked(scope, path) !== undefined || (kind === "file" && name === ".gitignore");
}

async function askAll(
  waiting: readonly Waiting[],
): Promise<ReadonlyMap<Scope | undefined, ReadonlySet<string>>> {
  const asked = new Map<Scope, string[]>();
  for (const { folder, candidates } of waiting) {
    if (folder.scope === undefined) continue;
    const paths = asked.get(folder.scope) ?? [];
    asked.set(folder.scope, paths);
    for (const { path } of candidates) paths.push(below(folder.scope, path));
  }
  const answers = new Map<Scope, ReadonlySet<string>>();
  for (const [scope, paths] of asked) answers.set(scope, await scope.questions.ignored(paths));
  return answers;
}

/** Carries what is not ignored. */
async function settle(
  walk: Walk,
  folder: Folder,
  candidates: readonly Candidate[],
  ignored: ReadonlySet<string>,
): Promise<void> {
  const { job } = walk;
  using open = openFolder(job, folder.path);
  for (const entry of candidates) {
    const { path, kind } = entry;
    const isIgnored = folder.scope !== undefined && ignored.has(below(folder.scope, path));
    if (kind === "folder" && !isIgnored) walk.next.push({ ...folder, path });
    else if (kind === "folder") {
      rmdirSync(targetPath(job, path));
      await carryIfWanted(walk, folder, open, entry);
    } else if (open === undefined) continue;
    else if (isIgnored) await carryIfWanted(walk, folder, open, entry);
    else await carry(walk, folder, open, entry);
    await breathe(walk);
  }
}

/** An ignored entry: carried if the owner names it, and looked into if he names something in it. */
async function carryIfWanted(
  walk: Walk,
  folder: Folder,
  open: SourceFolder | undefined,
  entry: Candidate,
): Promise<void> {
  const { job } = walk;
  const { path, kind } = entry;
  if (job.wanted.has(path) && open !== undefined)
    return carry(walk, { ...folder, rule: "all" }, open, entry);
  if (kind !== "folder") job.ignoredLeft += 1;
  else if (job.wanted.mayLeadTo(path)) {
    makeFolder(job, path);
    walk.next.push({ ...folder, path, rule: "wanted" });
  } else job.ignoredLeft += await countFiles(job, path);
}

async function carry(
  walk: Walk,
  folder: Folder,
  open: SourceFolder,
  { name, kind, path }: Candidate,
): Promise<void> {
  const { job } = walk;
  if (kind === "folder") {
    makeFolder(job, path);
    walk.next.push({ ...folder, path });
    return;
  }
  if (kind === "other") return skip(job, path);
  const found = { folder: open.path, name, path, tracked: findTracked(folder.scope, path) };
  if (kind === "link") return copyLink(job, found);
  const later = copyOne(job, found, walk.buffer);
  if (later !== undefined) await later;
}

/** Closed to others until its files are there. */
function makeFolder(job: CopyJob, path: string): void {
  mkdirSync(targetPath(job, path), { mode: 0o700 });
}

async function breathe(walk: Walk): Promise<void> {
  if (performance.now() < walk.until) return;
  await setImmediate();
  walk.job.signal.throwIfAborted();
  walk.until = performance.now() + slice;
}

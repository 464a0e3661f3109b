/** `bottle diff` as data: what a bottle changed of what it was given, the dangerous files apart. */
import { lineCounts } from "../changes/change-list.ts";
import type { LineCount } from "../changes/change-list.ts";
import { markChanges, markerFor } from "../changes/marked.ts";
import type { MarkedChange } from "../changes/marked.ts";
import { openWork } from "../changes/work.ts";
import type { Work, WorkOptions } from "../changes/work.ts";
import { blobSizes } from "../stage/blobs.ts";
import { editTree } from "../stage/import-stream.ts";
import { isCutOff } from "../worktree/recover.ts";
import { readCommits } from "./commits.ts";
import type { CommitLine } from "./commits.ts";
import { streamPatch } from "./patch.ts";
import type { PatchLine } from "./patch.ts";

export interface FileDiff extends MarkedChange {
  /** Undefined for what is not text, or too large to be compared. */
  readonly lines: LineCount | undefined;
  /** Bytes; undefined where there is no file, and for a submodule. */
  readonly sizeBefore: number | undefined;
  readonly sizeAfter: number | undefined;
}

export interface BottleDiff extends AsyncDisposable {
  readonly repository: boolean;
  /** The owner's commit that it is compared with. */
  readonly base: string | undefined;
  /** New ones, newest first; at most `maxCommits` of them. */
  readonly commits: readonly CommitLine[];
  readonly commitCount: number;
  /** Dangerous ones first. */
  readonly files: readonly FileDiff[];
  readonly skipped: Work["skipped"];
  readonly otherBranches: readonly string[];
  readonly stashed: boolean;
  readonly untouched: number;
  /** An apply was cut off while it wrote; the next one takes back what it left. */
  readonly cutOff: boolean;
  /** The patch of the dangerous files, or of all others; lines are hostile bytes. False from `take` ends it. */
  patch(part: "marked" | "rest", take: (line: PatchLine) => Promise<boolean>): Promise<void>;
}

export async function openDiff(options: WorkOptions): Promise<BottleDiff> {
  const work = await openWork(options);
  try {
    return await readDiff(work, options);
  } catch (error) {
    await work[Symbol.asyncDispose]();
    throw error;
  }
}

async function readDiff(work: Work, options: WorkOptions): Promise<BottleDiff> {
  const { stage, start, result } = work;
  const changes = await markChanges(stage, markerFor(work), work.changes);
  const lines = await lineCounts(stage, start, result);
  const ids = changes
    .flatMap(({ before, after }) => [before, after])
    .filter((entry) => entry !== undefined);
  const sizes = await blobSizes(stage, [
    ...new Set(ids.filter(({ mode }) => mode !== "160000").map(({ id }) => id)),
  ]);
  const files = changes.map((change): FileDiff => ({
    ...change,
    lines: lines.get(change.path),
    sizeBefore: sizes.get(change.before?.id ?? ""),
    sizeAfter: sizes.get(change.after?.id ?? ""),
  }));
  const marked = files.filter(({ marks }) => marks.length > 0);
  const middle = marked.length === 0 ? result : await withoutMarked(work, marked);
  return {
    repository: stage.owner !== undefined,
    base: work.base,
    commits: await readCommits(stage, work.commits.map(({ id }) => id).toReversed()),
    commitCount: work.commits.length,
    files: [...marked, ...files.filter(({ marks }) => marks.length === 0)],
    skipped: work.skipped,
    otherBranches: work.otherBranches,
    stashed: work.stashed,
    untouched: work.sifted.untouched.length,
    cutOff: await isCutOff(options.recordDir),
    patch: (part, take) =>
      part === "marked"
        ? streamPatch(stage, { from: middle, to: result, sizes }, take)
        : streamPatch(stage, { from: start, to: middle, sizes }, take),
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}

/** The result, with every dangerous file as it was given. */
function withoutMarked({ stage, result }: Work, marked: readonly MarkedChange[]): Promise<string> {
  return editTree(stage, result, async (stream) => {
    for (const { path, before } of marked) if (before === undefined) await stream.remove(path);
    for (const { path, before } of marked)
      if (before !== undefined) await stream.entry(path, before);
  });
}

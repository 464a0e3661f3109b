/** Whether a bottle holds work that is nowhere else; what cannot be read counts as work. */
import { openWork } from "../changes/work.ts";
import type { Work, WorkOptions } from "../changes/work.ts";
import { isCutOff } from "../worktree/recover.ts";
import { readAppliedFiles, wasApplied } from "./applied-files.ts";
import { readApplied } from "./applied.ts";
import type { AppliedOnce } from "./applied.ts";

export interface UnappliedWork {
  readonly changed: boolean;
  /** One sentence; text of ours, with numbers. */
  readonly summary: string;
}

export async function unappliedWork(options: WorkOptions): Promise<UnappliedWork> {
  try {
    if (await isCutOff(options.recordDir))
      return { changed: true, summary: "An apply of it was cut off while it wrote." };
    await using work = await openWork(options);
    return await judge(work, options.recordDir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { changed: true, summary: `Its work cannot be read: ${why}` };
  }
}

async function judge(work: Work, recordDir: string): Promise<UnappliedWork> {
  const { branch, worktree } = await readApplied(recordDir);
  const files = await readAppliedFiles(recordDir);
  // What stayed behind at the last apply still is nowhere else.
  const isAll = (once: AppliedOnce | null): boolean =>
    once?.leftOut === 0 && once.result === work.result;
  const brought = isAll(worktree) || (isAll(branch) && branch?.head === (work.head ?? null));
  const changes = brought ? [] : work.changes.filter((change) => !wasApplied(files, change));
  // A worktree gets files and no commits: where all of them are there, so is the work.
  const commits = brought || (changes.length === 0 && files.size > 0) ? 0 : work.commits.length;
  const parts = [
    [commits, "new commit", "new commits"],
    [changes.length, "changed file", "changed files"],
    [work.otherBranches.length, "other branch with commits", "other branches with commits"],
    [work.stashed ? 1 : 0, "stash", "stashes"],
    [
      work.skipped.filter(({ content }) => content).length,
      "path that apply leaves out",
      "paths that apply leaves out",
    ],
  ] as const;
  const named = parts
    .filter(([amount]) => amount > 0)
    .map(([amount, one, many]) => `${amount} ${amount === 1 ? one : many}`);
  return named.length === 0
    ? { changed: false, summary: "It holds no work that is not yours already." }
    : { changed: true, summary: `It holds ${named.join(", ")}.` };
}

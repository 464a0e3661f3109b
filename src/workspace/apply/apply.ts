/** `bottle apply`: a bottle's work comes back, as a branch or into the owner's folder, and nothing that a bottle wrote is run on the way. */
import { realpath } from "node:fs/promises";
import { BottleError } from "../../errors/error.ts";
import { markChanges, markerFor } from "../changes/marked.ts";
import type { LeftOut, MarkedChange } from "../changes/marked.ts";
import { openWork } from "../changes/work.ts";
import type { WorkOptions } from "../changes/work.ts";
import { recoverWrite } from "../worktree/recover.ts";
import { readApplied, writeApplied } from "./applied.ts";
import { applyAsBranch } from "./branch.ts";
import type { SetBack } from "./filter.ts";
import { applyToWorktree } from "./worktree.ts";

export interface ApplyOptions extends WorkOptions {
  /** Default: a branch, where there is a repository. */
  readonly to: "branch" | "worktree" | undefined;
  /** True: dangerous files come as well. Asked once, with all of them, and only if there are any. */
  readonly includeDangerous: (changes: readonly MarkedChange[]) => Promise<boolean>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ApplyResult {
  readonly to: "branch" | "worktree";
  /** Absent if there was nothing to bring back, and for a worktree. */
  readonly branch: string | undefined;
  readonly commit: string | undefined;
  /** Commits that are new in the owner's repository, ours included. */
  readonly commits: number;
  /** Files in the commit on top, which no commit of the bottle holds as they are. */
  readonly looseFiles: number;
  /** Commits whose dangerous files were taken out, and which have other ids therefore. */
  readonly rewritten: number;
  /** Files that were written or deleted in the owner's folder. */
  readonly written: number;
  /** Dangerous changes that stayed behind, and why they are dangerous. */
  readonly leftOut: readonly LeftOut[];
  /** What else stayed behind, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** Other branches with commits of their own, which stay behind. */
  readonly otherBranches: readonly string[];
  /** There is work in `git stash`, which stays behind. */
  readonly stashed: boolean;
  /** Files of the owner's that he had not committed, and that the bottle left as they were. */
  readonly untouched: number;
  /** An earlier apply had been cut off, and was taken back first; these files had been changed since, and stay so. */
  readonly recovered: { readonly left: readonly string[] } | undefined;
}

export async function applyWorkspace(options: ApplyOptions): Promise<ApplyResult> {
  const source = await realpath(options.source).catch(() => options.source);
  const recovered = await recoverWrite(options.id, options.recordDir, source);
  await using work = await openWork(options);
  const repository = work.stage.owner !== undefined;
  const to = options.to ?? (repository ? "branch" : "worktree");
  if (to === "branch" && !repository) throw notGit(options);
  const changes = await markChanges(work.stage, markerFor(work), work.changes);
  const marked = changes.filter(({ marks }) => marks.length > 0);
  const includeDangerous = marked.length > 0 && (await options.includeDangerous(marked));
  const before = await readApplied(options.recordDir);
  const rest = {
    to,
    skipped: work.skipped,
    otherBranches: work.otherBranches,
    stashed: work.stashed,
    untouched: work.sifted.untouched.length,
    recovered,
  };
  const now = { at: options.now, head: work.head ?? null, result: work.result };
  if (to === "worktree") {
    const { written, leftOut } = await applyToWorktree(work, {
      ...options,
      source,
      changes,
      includeDangerous,
    });
    const worktree = { ...now, leftOut: leftOut.length };
    await writeApplied(options.recordDir, { ...before, worktree });
    return { ...rest, ...none, written, leftOut };
  }
  const { setBack, ...made } = await applyAsBranch(work, {
    includeDangerous,
    now: Math.floor(options.now / 1000),
    applied: before.branch,
  });
  const lost = setBack.filter(({ given }) => !given);
  const leftOut = lost
    .filter(({ marks }) => marks.length > 0)
    .map(({ path, marks }) => ({ path, reasons: marks.map(({ reason }) => reason) }));
  const unfiltered = lost.filter(({ marks }) => marks.length === 0).map(filteredOut);
  const { branch = before.branch?.branch, commit = before.branch?.commit } = made;
  if (branch !== undefined && commit !== undefined)
    await writeApplied(options.recordDir, {
      ...before,
      branch: { ...now, branch, commit, leftOut: lost.length },
    });
  return { ...rest, ...made, skipped: [...work.skipped, ...unfiltered], written: 0, leftOut };
}

const none = { branch: undefined, commit: undefined, commits: 0, looseFiles: 0, rewritten: 0 };

/** A filter of the owner would have to run on it when it is committed, as that of Git LFS. */
function filteredOut({ path, filter = "" }: SetBack): { path: string; reason: string } {
  return {
    path,
    reason: `it passes your filter "${filter}" when it is committed, which is not run on what a bottle wrote; --to worktree brings it`,
  };
}

function notGit({ source }: ApplyOptions): BottleError {
  return new BottleError({
    code: "E_APPLY_NOT_GIT",
    what: `${source} was no git repository, so there is no branch to bring changes back as.`,
    next: "Apply without --to, or with --to worktree: the files are written into the folder itself.",
  });
}

/** `bottle apply`: a bottle's commits and loose files become a branch of the user's repository, and git never runs where an agent wrote. */
import { BottleError } from "../../errors/error.ts";
import { requireWholeRepository } from "../git-folder.ts";
import { commitLooseFiles, stagedBranch } from "./commit.ts";
import { damaged } from "./errors.ts";
import { runGit } from "./git.ts";
import { findLooseFiles } from "./loose-files.ts";
import { importObjects } from "./objects.ts";
import { readHeads } from "./refs.ts";
import { SafeFolder } from "../safe-folder.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { readTree } from "./tree.ts";

export interface ApplyOptions {
  /** The bottle's id; the branch is `bottle/<id>`. */
  readonly id: string;
  /** The user's folder that was copied, with its `.git`. */
  readonly repo: string;
  /** The bottle's copy; hostile. */
  readonly workspace: string;
  /** A private folder of ours that no bottle sees, e.g. the record. */
  readonly scratch: string;
  /** The user's PATH, to find git. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ApplyResult {
  /** Absent if there was nothing to bring back. */
  readonly branch: string | undefined;
  readonly commit: string | undefined;
  /** Commits that are new in the user's repository, the one of the loose files included. */
  readonly commits: number;
  /** Files in that last commit. */
  readonly looseFiles: number;
  /** What stayed behind, and why; text from the bottle, to be escaped. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** Other branches with commits of their own, which stay behind; text from the bottle, to be escaped. */
  readonly otherBranches: readonly string[];
}

export async function applyWorkspace(options: ApplyOptions): Promise<ApplyResult> {
  if (!(await requireWholeRepository(options.repo))) throw notGit(options);
  const branch = `refs/heads/bottle/${options.id}`;
  await using stage = await openStage(options);
  if (await hasRef(stage, branch)) throw branchExists(options.id);
  using work = SafeFolder.open(options.workspace);
  using git = work.folder(".git");
  if (git === undefined) throw damaged("the folder .git is gone, or no folder");
  const { head, branches } = readHeads(git, stage.idLength);
  await importObjects(git, stage);
  if (head !== undefined) await requireCommit(stage, head);
  const files = await findLooseFiles(work, await readTree(stage, head), stage);
  const looseFiles = files.changed.length + files.deleted.length;
  const commit =
    looseFiles === 0
      ? head
      : await commitLooseFiles(stage, {
          id: options.id,
          parent: head,
          work,
          files,
          now: Math.floor(options.now / 1000),
        });
  const known = await knownCommits(stage);
  const otherBranches = [...branches]
    .filter(([, id]) => id !== head && !known.has(id))
    .map(([name]) => Buffer.from(name, "latin1").toString("utf8"));
  const rest = { looseFiles, skipped: files.skipped, otherBranches };
  if (commit === undefined || known.has(commit))
    return { branch: undefined, commit: undefined, commits: 0, ...rest };
  const commits = await bringOver(stage, commit, branch);
  return { branch: `bottle/${options.id}`, commit, commits, ...rest };
}

async function hasRef(stage: Stage, ref: string): Promise<boolean> {
  const { code } = await runGit({
    step: "read your repository",
    gitDir: stage.userGit,
    path: stage.path,
    argv: ["show-ref", "--verify", "--quiet", ref],
    codes: [0, 1],
  });
  return code === 0;
}

async function requireCommit(stage: Stage, id: string): Promise<void> {
  const { output } = await runGit({
    step: "read the bottle's HEAD",
    gitDir: stage.gitDir,
    path: stage.path,
    argv: ["cat-file", "-t", id],
  });
  if (output.toString("latin1").trim() !== "commit") throw damaged("HEAD is not a commit");
}

/** Where the user's branches stand. */
async function knownCommits(stage: Stage): Promise<ReadonlySet<string>> {
  const { output } = await runGit({
    step: "read your branches",
    gitDir: stage.userGit,
    path: stage.path,
    argv: ["for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes"],
    maxOutput: 64 * 1024 * 1024,
  });
  return new Set(output.toString("latin1").split("\n"));
}

/** The user's repository fetches from ours, checking every object once more, and gets the branch only if it has none of that name. */
async function bringOver(stage: Stage, commit: string, branch: string): Promise<number> {
  const { gitDir, userGit, path } = stage;
  await runGit({
    step: "name the commit",
    gitDir,
    path,
    argv: ["update-ref", stagedBranch, commit],
  });
  await runGit({
    step: "accept the bottle's commits into your repository",
    gitDir: userGit,
    path,
    argv: [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-recurse-submodules",
      gitDir,
      stagedBranch,
    ],
  });
  const { output } = await runGit({
    step: "count the new commits",
    gitDir: userGit,
    path,
    argv: ["rev-list", "--count", commit, "--not", "--all"],
  });
  // Forty zeroes as the old value: only if there is no such branch (git-update-ref(1)).
  await runGit({
    step: "make the branch",
    gitDir: userGit,
    path,
    argv: ["update-ref", "-m", "bottle apply", branch, commit, "0".repeat(stage.idLength)],
  });
  return Number(output.toString("latin1").trim());
}

function branchExists(id: string): BottleError {
  return new BottleError({
    code: "E_APPLY_BRANCH",
    what: `Your repository already has a branch bottle/${id}.`,
    why: "An existing branch is never overwritten.",
    next: `Rename it (git branch -m bottle/${id} NEW-NAME) or delete it, and apply again.`,
  });
}

function notGit({ repo, workspace }: ApplyOptions): BottleError {
  return new BottleError({
    code: "E_APPLY_NOT_GIT",
    what: `${repo} is not a git repository, so there is no branch to bring changes back as.`,
    why: "This version brings changes back into git repositories only.",
    next: `The bottle's copy is kept in ${workspace}: copy from it what you want, and run nothing in it.`,
  });
}

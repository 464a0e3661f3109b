/** The last step of a branch: the owner's repository takes the commits, every object checked once more, and then the name. */
import { BottleError } from "../../errors/error.ts";
import { damaged } from "../stage/errors.ts";
import { runGit } from "../stage/git.ts";
import type { OwnerRepository } from "../stage/owner.ts";
import type { Stage } from "../stage/stage.ts";

/** The owner's branch, as it is before. */
export interface OwnersBranch {
  readonly name: string;
  readonly ref: string;
  readonly tip: string | undefined;
}

/** The name in our repository that the owner's fetches. */
const staged = "refs/heads/bring";

export async function readOwnersBranch(stage: Stage, id: string): Promise<OwnersBranch> {
  const name = `bottle/${id}`;
  const ref = `refs/heads/${name}`;
  const { output } = await inOwners(stage, {
    step: "read your branches",
    argv: ["for-each-ref", "--format=%(objectname) %(worktreepath)", ref],
  });
  const found = /^([0-9a-f]+) ([^\n]*)/.exec(output.toString("utf8"));
  if (found === null) return { name, ref, tip: undefined };
  const [, tip, worktree = ""] = found;
  if (worktree !== "") throw checkedOut(name, worktree);
  return { name, ref, tip };
}

/** Whether `ancestor` is reached from `commit`; both are in the stage. */
export async function isAncestor(stage: Stage, ancestor: string, commit: string): Promise<boolean> {
  const { code } = await stage.git({
    step: "compare two commits",
    argv: ["merge-base", "--is-ancestor", ancestor, commit],
    codes: [0, 1],
  });
  return code === 0;
}

/** Returns how many commits are new to the owner. */
export async function bringOver(
  stage: Stage,
  commit: string,
  branch: OwnersBranch,
): Promise<number> {
  await stage.git({ step: "name the commit", argv: ["update-ref", staged, commit] });
  await inOwners(stage, {
    step: "accept the bottle's commits into your repository",
    argv: [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-recurse-submodules",
      stage.gitDir,
      staged,
    ],
  });
  const { output } = await inOwners(stage, {
    step: "count the new commits",
    argv: ["rev-list", "--count", commit, "--not", "--all"],
  });
  // Only if it stands where it stood; forty zeroes: only if there is none (git-update-ref(1)).
  const before = branch.tip ?? "0".repeat(stage.idLength);
  await inOwners(stage, {
    step: "make the branch",
    argv: ["update-ref", "-m", "bottle apply", branch.ref, commit, before],
  });
  return Number(output.toString("latin1").trim());
}

function inOwners(
  stage: Stage,
  options: Pick<Parameters<typeof runGit>[0], "step" | "argv">,
): ReturnType<typeof runGit> {
  return runGit({ ...options, gitDir: ownersRepository(stage).gitDir, path: stage.path });
}

function ownersRepository({ owner }: Stage): OwnerRepository {
  if (owner === undefined) throw damaged("there is no repository to bring a branch into");
  return owner;
}

function checkedOut(name: string, worktree: string): BottleError {
  return new BottleError({
    code: "E_APPLY_BRANCH",
    what: `Your branch ${name} is checked out in ${worktree}.`,
    why: "If it moved now, the files there would look changed.",
    next: "Check out another branch there, and apply again.",
  });
}

/** What keeps a repository from being copied, said the same way everywhere. */
import { BottleError } from "../../errors/error.ts";

/** `why` is a sentence about the repository. */
export function refusedGit(why: string, next?: string): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_GIT",
    what: "The git repository of the workspace cannot be copied.",
    why,
    next:
      next ??
      "Run `git fsck` in it, or start in a fresh `git clone` of it, or in a folder without .git.",
  });
}

/** git's own reason, as runGit takes it. */
export function gitRefused(step: string, why: string): BottleError {
  return refusedGit(`git could not ${step}: ${why}`);
}

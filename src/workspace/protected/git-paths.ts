/** What runs or redirects in a git folder (gitrepository-layout(5)): paths below any `.git`, bare repository or module. */
import { words } from "./protected-path.ts";

export const gitPaths: readonly string[] = [
  ...words("hooks config config.worktree"),
  // Where git looks for everything else.
  ...words("commondir gitdir worktrees objects/info/alternates objects/info/http-alternates"),
  // Which filters and drivers of the owner's config run on which file; what history looks like.
  ...words("info/attributes info/grafts"),
  // Remotes by the old ways (git-fetch(1), "Named file in $GIT_DIR/remotes").
  ...words("remotes branches"),
  // A list of steps that `git rebase --continue` and its like take up, `exec` among them.
  ...words("rebase-merge rebase-apply sequencer bisect_run"),
  // The mark by which people let `.git/safe/../../bin` into their PATH.
  ...words("safe"),
];

/** A folder with these is a repository to git, whatever its name (setup.c, is_git_directory). */
export function looksLikeGit(has: (name: string) => boolean): boolean {
  return has("HEAD") && (has("commondir") || (has("objects") && has("refs")));
}

/** `.git` in any letter case: some file systems make no difference. */
export function isGitName(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === ".git";
}

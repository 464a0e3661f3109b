/** Whether a workspace's git repository is whole: a copy of half a repository would be broken inside, or point outside. */
import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";

/** True if the folder has a repository of its own; an error if parts of that repository are elsewhere. */
export async function requireWholeRepository(folder: string): Promise<boolean> {
  const git = join(folder, ".git");
  const found = await lstat(git).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory())
    throw partial(
      folder,
      "Its .git is a file or a link: it is a linked worktree or a submodule, whose objects are elsewhere.",
      "Start in the main worktree, or in a fresh `git clone` of it.",
    );
  const alternates = await readFile(join(git, "objects", "info", "alternates"), "utf8").catch(
    () => "",
  );
  if (alternates.trim() !== "")
    throw partial(
      folder,
      "It borrows objects of another repository (objects/info/alternates).",
      "Run `git repack -a -d` in it and remove .git/objects/info/alternates, or start in a fresh `git clone --dissociate`.",
    );
  return true;
}

function partial(folder: string, why: string, next: string): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_GIT",
    what: `The git repository of ${folder} is not whole.`,
    why,
    next,
  });
}

/** The owner's repository, wherever git keeps it: `.git` is a folder, or a file that names one (gitrepository-layout(5)). */
import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { runGit } from "./git.ts";

export interface OwnerRepository {
  /** Of this worktree: HEAD and settings of its own. */
  readonly gitDir: string;
  /** What all worktrees share: objects and branches. */
  readonly commonDir: string;
  readonly objects: string;
  readonly format: "sha1" | "sha256";
  /** The owner keeps part of the tree out of his folder, so that missing files were not deleted. */
  readonly sparse: boolean;
}

/** Undefined for a folder that is no repository. `path` is the owner's PATH. */
export async function openOwnerRepository(
  folder: string,
  path: string,
): Promise<OwnerRepository | undefined> {
  const dotGit = join(folder, ".git");
  if (!existsSync(dotGit)) return undefined;
  const ask = async (argv: readonly string[], codes: readonly number[] = [0]): Promise<string> =>
    (
      await runGit({ step: "read your repository", gitDir: dotGit, path, cwd: folder, argv, codes })
    ).output
      .toString("utf8")
      .replace(/\n$/, "");
  const where = await ask([
    "rev-parse",
    "--show-object-format",
    "--path-format=absolute",
    "--git-common-dir",
    "--absolute-git-dir",
  ]);
  // The format first: a path may have a line break in it, and is refused then.
  const [format = "", common = "", own = "", ...more] = where.split("\n");
  if (more.length > 0) throw oddPath(dotGit);
  const [commonDir, gitDir] = await Promise.all([realpath(common), realpath(own)]);
  const objects = join(commonDir, "objects");
  if (/[\n"]/.test(objects)) throw oddPath(objects);
  const sparse = await ask(["config", "--bool", "core.sparseCheckout"], [0, 1]);
  return {
    gitDir,
    commonDir,
    objects,
    format: format === "sha256" ? "sha256" : "sha1",
    sparse: sparse === "true",
  };
}

/** A path with a line break cannot stand in objects/info/alternates. */
function oddPath(path: string): BottleError {
  return new BottleError({
    code: "E_APPLY_GIT",
    what: `The path of your repository, ${JSON.stringify(path)}, has a line break or a quote in it.`,
    next: "Move the repository to a plainer path.",
  });
}

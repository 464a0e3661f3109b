/** The repository of ours between bottle and user: bare, fresh, outside the bottle, with the user's objects to lean on. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { ownMark } from "../../host/process.ts";
import { runGit } from "./git.ts";

export interface Stage extends AsyncDisposable {
  /** Private, removed with the stage. */
  readonly folder: string;
  readonly gitDir: string;
  readonly format: "sha1" | "sha256";
  readonly idLength: 40 | 64;
  /** The user's repository. */
  readonly userGit: string;
  readonly userObjects: string;
  /** The user keeps part of the tree out of his folder, so that missing files were not deleted. */
  readonly sparse: boolean;
  readonly path: string;
}

export async function openStage(options: {
  readonly repo: string;
  readonly scratch: string;
  readonly path: string;
}): Promise<Stage> {
  const { path } = options;
  const userGit = await realpath(join(options.repo, ".git"));
  const userObjects = join(userGit, "objects");
  if (/[\n"]/.test(userObjects)) throw oddPath(userObjects);
  const ask = async (argv: readonly string[], codes: readonly number[] = [0]): Promise<string> =>
    (await runGit({ step: "read your repository", gitDir: userGit, path, argv, codes })).output
      .toString("utf8")
      .trim();
  const format =
    (await ask(["rev-parse", "--show-object-format"])) === "sha256" ? "sha256" : "sha1";
  const sparse = (await ask(["config", "--bool", "core.sparseCheckout"], [0, 1])) === "true";
  await mkdir(options.scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(options.scratch, `apply-${ownMark()}-`));
  try {
    const gitDir = join(folder, "git");
    await mkdir(gitDir, { mode: 0o700 });
    await runGit({
      step: "make a repository",
      gitDir,
      path,
      argv: ["init", "--bare", "--quiet", "--template=", `--object-format=${format}`],
    });
    await mkdir(join(gitDir, "info"), { recursive: true });
    await mkdir(join(gitDir, "objects", "info"), { recursive: true });
    await writeFile(join(gitDir, "objects", "info", "alternates"), `${userObjects}\n`);
    // Where the user's history ends early, so does ours; and what he excludes stays excluded.
    for (const name of ["shallow", "info/exclude"]) {
      if (existsSync(join(userGit, name))) await copyFile(join(userGit, name), join(gitDir, name));
    }
    const idLength = format === "sha1" ? 40 : 64;
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    return {
      folder,
      gitDir,
      format,
      idLength,
      userGit,
      userObjects,
      sparse,
      path,
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function oddPath(path: string): BottleError {
  return new BottleError({
    code: "E_APPLY_GIT",
    what: `The path of your repository, ${JSON.stringify(path)}, has a line break or a quote in it.`,
    next: "Move the repository to a plainer path.",
  });
}

/** The repository of ours between bottle and owner: bare, fresh, outside the bottle, with the owner's objects to lean on. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makerLives, ownMark } from "../../host/process.ts";
import { runGit } from "./git.ts";
import type { GitOptions, GitResult } from "./git.ts";
import type { OwnerRepository } from "./owner.ts";

export interface Stage extends AsyncDisposable {
  /** Private, removed with the stage. */
  readonly folder: string;
  readonly gitDir: string;
  readonly format: "sha1" | "sha256";
  readonly idLength: 40 | 64;
  /** Absent for a folder without git. */
  readonly owner: OwnerRepository | undefined;
  /** The owner's PATH. */
  readonly path: string;
  /** Runs git in this repository. */
  git(options: Omit<GitOptions, "gitDir" | "path">): Promise<GitResult>;
}

export async function openStage(options: {
  readonly owner: OwnerRepository | undefined;
  /** A private folder of ours that no bottle sees. */
  readonly scratch: string;
  readonly path: string;
}): Promise<Stage> {
  const { owner, scratch, path } = options;
  const format = owner?.format ?? "sha1";
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await removeOrphans(scratch);
  const folder = await mkdtemp(join(scratch, `apply-${ownMark()}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
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
    if (owner !== undefined) await leanOn(gitDir, owner);
    return {
      folder,
      gitDir,
      format,
      idLength: format === "sha1" ? 40 : 64,
      owner,
      path,
      git: (git) => runGit({ ...git, gitDir, path }),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Stages of processes that were killed. */
async function removeOrphans(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    const mark = /^apply-([0-9]+\.[0-9]+)-/.exec(name)?.[1];
    if (mark === undefined || makerLives(mark)) continue;
    await rm(join(scratch, name), { recursive: true, force: true });
  }
}

async function leanOn(gitDir: string, owner: OwnerRepository): Promise<void> {
  await mkdir(join(gitDir, "objects", "info"), { recursive: true });
  await writeFile(join(gitDir, "objects", "info", "alternates"), `${owner.objects}\n`);
  // Where the owner's history ends early, so does ours; what he excludes stays excluded, and which files pass a filter is known.
  for (const name of ["shallow", "info/exclude", "info/attributes"]) {
    const from = join(owner.commonDir, name);
    if (existsSync(from)) await copyFile(from, join(gitDir, name));
  }
}

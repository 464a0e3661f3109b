/** A repository in the workspace: its `.git` is made anew, and its rules hold in its folder. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { openIgnoreQuestions } from "../ignore-questions.ts";
import { nameOf, printable } from "../names.ts";
import { skip } from "./copy-job.ts";
import type { CopyJob, Scope } from "./copy-job.ts";
import { makeRepository } from "./make-repository.ts";
import { gitRefused } from "./refused.ts";

/** Those of one workspace. */
const maxRepositories = 200;

/** Milliseconds for git to tell which of some paths are ignored. */
const ignorePatience = 60_000;

/** The one at the top must be whole; one further down that is not is left out, by name, and its files are plain files. */
export async function enterRepository(
  job: CopyJob,
  folder: string,
  outer: Scope | undefined,
): Promise<Scope | undefined> {
  const isTop = folder === "";
  const path = (top: string): string => printable(isTop ? top : `${top}/${folder}`);
  const target = path(job.target);
  const leave = (why: string): undefined => {
    rmSync(join(target, ".git"), { recursive: true, force: true });
    skip(job, `${folder}/.git`, nameOf(why));
  };
  if (nameOf(printable(folder)) !== folder) return leave("its folder's name is not UTF-8");
  if (job.scopes.length >= maxRepositories) return leave("one repository too many");
  try {
    const { refs, excludes, path: programs, signal } = job;
    const made = await makeRepository({
      folder: path(job.root),
      target,
      refs,
      excludes,
      path: programs,
      signal,
    });
    if (made === undefined) return undefined;
    const questions = openIgnoreQuestions({
      gitDir: made.gitDir,
      workTree: target,
      path: programs,
      patience: ignorePatience,
      failed: (why) => gitRefused("tell which files are ignored", why),
    });
    const scope: Scope = { folder, repository: made, questions, outer };
    job.scopes.push(scope);
    const prefix = isTop ? "" : `${printable(folder)}: `;
    job.dropped.push(...made.dropped.map((name) => `${prefix}${name}`));
    job.packing = job.packing
      .then(() => made.pack())
      .catch((error: unknown) => {
        if (isTop || !(error instanceof BottleError)) throw error;
        job.scopes.splice(job.scopes.indexOf(scope), 1);
        leave(error.why ?? error.message);
      });
    // Awaited when the files are copied.
    job.packing.catch(() => undefined);
    return scope;
  } catch (error) {
    if (isTop || !(error instanceof BottleError)) throw error;
    return leave(error.why ?? error.message);
  }
}

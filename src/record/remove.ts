/** Takes a record away, with the keys and seals beside it. A bottle wrote in it: the system's own rm(1) knows every trap there. */
import { spawn } from "node:child_process";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { isBottleId, recordPaths, recordsDir } from "./paths.ts";

/** A record on its way out: whoever finds one after a kill finishes the work. */
const leaving = /^\.(.+)\.removing$/;

export interface RemoveOptions {
  readonly stateHome: string;
  readonly id: string;
  /** PATH for rm(1) and chmod(1). */
  readonly path: string;
}

/** The bottle must not run. First it is a record no more, in one step; then its files go. */
export async function removeRecord(options: RemoveOptions): Promise<void> {
  const paths = recordPaths(options.stateHome, options.id);
  const out = join(recordsDir(options.stateHome), `.${options.id}.removing`);
  await rename(paths.dir, out).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  // The tree last: as long as it is there, whoever finishes the work finds the keys as well.
  await removeKeys(options);
  await removeTree(out, options.path);
}

/** Ids of records that were being removed when something died. */
export async function halfRemoved(stateHome: string): Promise<readonly string[]> {
  const entries = await readdir(recordsDir(stateHome)).catch((): string[] => []);
  return entries.flatMap((entry) => {
    const id = leaving.exec(entry)?.[1];
    return id !== undefined && isBottleId(id) ? [id] : [];
  });
}

async function removeKeys({ stateHome, id }: RemoveOptions): Promise<void> {
  const { keyDir, sealDir } = recordPaths(stateHome, id);
  for (const dir of [keyDir, sealDir]) {
    for (const entry of await readdir(dir).catch((): string[] => []))
      if (entry.startsWith(`${id}.`)) await rm(join(dir, entry), { force: true });
  }
}

/** rm(1) follows no link, takes any depth and any name; folders that the bottle closed are opened for it. */
async function removeTree(path: string, searchPath: string): Promise<void> {
  if ((await run("rm", ["-rf", "--", path], searchPath)) === 0) return;
  await run("chmod", ["-R", "u+rwX", "--", path], searchPath);
  if ((await run("rm", ["-rf", "--", path], searchPath)) === 0) return;
  throw new BottleError({
    code: "E_BOTTLE_STUCK",
    what: `The folder ${path} cannot be removed.`,
    next: "Look at what is in it, and remove it by hand.",
  });
}

function run(program: string, argv: readonly string[], path: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, argv, { env: { PATH: path, LC_ALL: "C" }, stdio: "ignore" });
    child.once("error", () => resolve(-1));
    child.once("close", (code) => resolve(code ?? -1));
  });
}

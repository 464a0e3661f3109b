/** The folder of a bottle's sockets: who has it has the bottle, and it says whose it is. */
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { isAlive, readProcess } from "../host/process.ts";

/** Milliseconds after which a folder without an owner's name is no launch that is under way any more. */
const launchTime = 60_000;

/**
 * Makes the folder, new and private, for this process; two supervisors never have the same bottle. What a dead one left there
 * (a bottle that is resumed finds it) goes first.
 */
export async function claimRunDirectory(dir: string): Promise<void> {
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 });
  await refuseForeign(dirname(dir));
  if (await isLeft(dir)) await removeLeft(dir);
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new BottleError({
      code: "E_BOTTLE_RUNNING",
      what: "This bottle has a supervisor already.",
      why: `The folder ${dir} is in use.`,
      next: "See `bottle ps`.",
    });
  }
  const started = readProcess(process.pid)?.started ?? 0;
  await writeFile(ownerFile(dir), `${process.pid} ${started}\n`, { mode: 0o600 });
}

/** True if the folder is there and its owner is not. */
export async function isLeft(dir: string, now: () => number = Date.now): Promise<boolean> {
  const text = await readFile(ownerFile(dir), "utf8").catch(() => "");
  const [, pid, started] = /^(\d+) (\d+)\n$/.exec(text) ?? [];
  if (pid !== undefined) return !isAlive({ pid: Number(pid), started: Number(started) });
  // Killed between making the folder and writing its name.
  const found = await stat(dir).catch(() => undefined);
  return found !== undefined && now() - found.mtimeMs > launchTime;
}

/** Removes a folder whose owner is gone; one that somebody else has put in its place meanwhile goes back there. */
export async function removeLeft(dir: string, now: () => number = Date.now): Promise<void> {
  const aside = join(dirname(dir), `.left-${randomBytes(6).toString("hex")}`);
  try {
    await rename(dir, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw cause;
  }
  if (await isLeft(aside, now)) await rm(aside, { recursive: true, force: true });
  else await rename(aside, dir);
}

function ownerFile(dir: string): string {
  return join(dir, "owner");
}

/** The parent may stand in /tmp, where anybody could have made it first: then nothing of ours goes there. */
async function refuseForeign(dir: string): Promise<void> {
  const found = await lstat(dir);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new BottleError({
    code: "E_RUN_DIRECTORY",
    what: `The folder for sockets, ${dir}, is not private to you.`,
    why: "It must be a directory of yours that nobody else may enter (mode 0700).",
    next: `Remove it, or set XDG_RUNTIME_DIR to a folder of yours.`,
  });
}

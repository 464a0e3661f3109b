/** The folder of a bottle's sockets: who has it has the bottle, and it says whose it is. */
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { makerLives, ownMark } from "../host/process.ts";

/** Milliseconds for which a folder that says nothing of its owner is left alone. */
const namelessTime = 60_000;
/** A folder on its way: to its place, with its maker in its name, or out of it. */
const making = /^\.claim-(\d+)\.(\d+)$/;
const leaving = /^\.left-/;

/**
 * Makes the folder, new and private, for this process; two supervisors never have the same bottle. What a dead one left there
 * (a bottle that is resumed finds it) goes first. Whatever dies in between: a folder is nowhere without its owner's name.
 */
export async function claimRunDirectory(dir: string): Promise<void> {
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 });
  await refuseForeign(dirname(dir));
  if (await isLeft(dir)) await removeLeft(dir);
  const mark = ownMark();
  const claim = join(dirname(dir), `.claim-${mark}`);
  await mkdir(claim, { mode: 0o700 });
  try {
    await writeFile(ownerFile(claim), `${mark.replace(".", " ")}\n`, { mode: 0o600 });
    // rename(2) takes the place of no folder that holds something, and one that is in use holds its owner's name.
    await rename(claim, dir);
  } catch (cause) {
    await rm(claim, { recursive: true, force: true });
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw cause;
    throw new BottleError({
      code: "E_BOTTLE_RUNNING",
      what: "This bottle has a supervisor already.",
      why: `The folder ${dir} is in use.`,
      next: "See `bottle ps`.",
    });
  }
}

/** True if the folder is there and its owner is not. */
export async function isLeft(dir: string, now: () => number = Date.now): Promise<boolean> {
  const owner = await ownerOf(dir);
  if (owner !== undefined) return !makerLives(owner);
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined || leaving.test(basename(dir))) return found !== undefined;
  // Whoever emptied it may be about to fill it. A clock that was set back makes nothing young for ever.
  return Math.abs(now() - found.mtimeMs) > namelessTime;
}

/** True if a process that lives has the folder. */
export async function isHeld(dir: string): Promise<boolean> {
  const owner = await ownerOf(dir);
  return owner !== undefined && makerLives(owner);
}

/** The mark of the process whose folder it is, if the folder or its name says so. */
async function ownerOf(dir: string): Promise<string | undefined> {
  const text = await readFile(ownerFile(dir), "utf8").catch(() => "");
  const [, pid, started] = /^(\d+) (\d+)\n$/.exec(text) ?? making.exec(basename(dir)) ?? [];
  return pid === undefined ? undefined : `${pid}.${started ?? ""}`;
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

/** Looks through files and directories that a bottle may have written: only regular files, no link followed, bounded. */
import { constants } from "node:fs";
import { lstat, open, readdir, readlink, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Search } from "./search.ts";

/** Files and directories; a tree with more is reported as not read to its end. */
const maxEntries = 500_000;

/** Returns how many files were looked through. */
export async function searchFiles(search: Search, paths: readonly string[]): Promise<number> {
  // The paths handed in are the host's own, and may lead through links of its owner.
  const waiting = await Promise.all(paths.map((path) => resolved(path)));
  let entries = 0;
  let files = 0;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    entries += 1;
    if (entries > maxEntries) {
      search.cannotRead(
        path,
        Object.assign(new Error("too many files"), { code: "too many files" }),
      );
      return files;
    }
    try {
      const stat = await lstat(path);
      if (stat.isDirectory())
        for (const name of await namesIn(path)) waiting.push(join(path, name));
      else if (stat.isFile() && (await searchFile(search, path))) files += 1;
    } catch (error) {
      search.cannotRead(path, error);
    }
  }
  return files;
}

async function resolved(path: string): Promise<string> {
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch {
    // Told as unreadable when its turn comes.
    return path;
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  const handle = await openItself(path, constants.O_DIRECTORY);
  try {
    return await readdir(`/proc/self/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

async function searchFile(search: Search, path: string): Promise<boolean> {
  const handle = await openItself(path, constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) return false;
    await search.handle(path, handle);
    return true;
  } finally {
    await handle.close();
  }
}

/**
 * What stands at `path` may have become something else since it was listed, and so may every folder above: no link is
 * followed, no pipe waited for, and what was opened must be where it was looked for, or a bottle could send us through the host.
 */
async function openItself(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | flags);
  try {
    if ((await readlink(`/proc/self/fd/${handle.fd}`)) === path) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw Object.assign(new Error("moved"), { code: "moved while it was searched" });
}

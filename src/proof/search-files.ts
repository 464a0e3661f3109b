/** Looks through files and directories that a bottle may have written: only regular files, no link followed, bounded. */
import { constants } from "node:fs";
import { lstat, open, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { Search } from "./search.ts";

/** Files and directories; a tree with more is reported as not read to its end. */
const maxEntries = 500_000;

/** Returns how many files were looked through. */
export async function searchFiles(search: Search, paths: readonly string[]): Promise<number> {
  const waiting = [...paths];
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
        for await (const entry of await opendir(path)) waiting.push(join(path, entry.name));
      else if (stat.isFile() && (await searchFile(search, path))) files += 1;
    } catch (error) {
      search.cannotRead(path, error);
    }
  }
  return files;
}

/** The file may have become something else since it was listed: neither a link nor a pipe may be opened for good. */
async function searchFile(search: Search, path: string): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) return false;
    await search.handle(path, handle);
    return true;
  } finally {
    await handle.close();
  }
}

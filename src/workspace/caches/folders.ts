/** Where caches are on this host. */
import { lstat, readdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { CacheHost } from "./cache.ts";

/** A folder named by a variable, else one below the home; a relative value is no folder. */
export function folderOf({ env, home }: CacheHost, variable: string, fallback: string): string {
  const value = env[variable];
  return value !== undefined && isAbsolute(value) ? value : join(home, fallback);
}

export async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Names of the folders in one. */
export async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

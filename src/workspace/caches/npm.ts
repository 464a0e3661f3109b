/**
 * npm appends to the index of its cache and renames new content into place, so it needs folders of its own: the index is copied, the
 * content is linked, and each piece of it is checked against its hash as npm reads it (cacache).
 */
import { join } from "node:path";
import type { FindCache } from "./cache.ts";
import { insideCache } from "./cache.ts";
import { folderOf, isFolder } from "./folders.ts";

export const npmCache: FindCache = async (host) => {
  const source = join(folderOf(host, "npm_config_cache", ".npm"), "_cacache");
  if (!(await isFolder(source))) return undefined;
  const target = insideCache("npm");
  return {
    mounts: [{ source, target }],
    // What is in the cache is not asked for again.
    env: { npm_config_prefer_offline: "true" },
    forests: [
      { source, target, home: ".npm/_cacache", linked: ["content-v2"], copied: ["index-v5"] },
    ],
  };
};

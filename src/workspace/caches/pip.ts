/** pip ignores a cache that it cannot write to: it gets folders of its own with links to what is in this host's. */
import { join } from "node:path";
import type { FindCache } from "./cache.ts";
import { insideCache } from "./cache.ts";
import { folderOf, isFolder } from "./folders.ts";

export const pipCache: FindCache = async (host) => {
  const fallback = join(folderOf(host, "XDG_CACHE_HOME", ".cache"), "pip");
  const source = host.env["PIP_CACHE_DIR"] ?? fallback;
  if (!(await isFolder(source))) return undefined;
  const target = insideCache("pip");
  return {
    mounts: [{ source, target }],
    forests: [
      { source, target, home: ".cache/pip", linked: ["http", "http-v2", "wheels"], copied: [] },
    ],
  };
};

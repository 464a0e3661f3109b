/** Cargo locks and unpacks in its home: packages are linked, the index is copied. Its credentials are beside, and stay there. */
import { join } from "node:path";
import type { FindCache } from "./cache.ts";
import { insideCache } from "./cache.ts";
import { folderOf, isFolder } from "./folders.ts";

export const cargoCache: FindCache = async (host) => {
  const registry = join(folderOf(host, "CARGO_HOME", ".cargo"), "registry");
  const source = join(registry, "cache");
  if (!(await isFolder(source))) return undefined;
  const target = insideCache("cargo");
  const home = ".cargo/registry";
  return {
    mounts: [{ source, target: `${target}/cache` }],
    forests: [{ source: registry, target, home, linked: ["cache"], copied: ["index"] }],
  };
};

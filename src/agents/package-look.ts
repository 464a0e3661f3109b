/** Looks whether a pinned package is installed, and reads none of its files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageRelease } from "./package-install.ts";
import { lookAtTree, stampText } from "./package-tree.ts";

/** `touched`: the stamp does not vouch for it, so a start looks at the hash of every file. */
export type PackageState = "ready" | "absent" | "touched";

/** `folder`: the package's own in the cache. */
export async function lookForPackage(
  { version, tree }: Pick<PackageRelease, "version" | "tree">,
  folder: string,
): Promise<PackageState> {
  const target = join(folder, version);
  const look = await lookAtTree(target);
  if (look === undefined) return "absent";
  const stamp = await readFile(`${target}.stamp`, "utf8").catch(() => "");
  return stamp === stampText(tree, look) ? "ready" : "touched";
}

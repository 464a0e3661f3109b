/** Further names of held files: an inode that can be written to under another name is not held at all (link(2)). */
import { printable } from "../names.ts";
import type { Fault, Held } from "./inventory.ts";
import type { OpenFolder } from "./open-folder.ts";
import type { Rules } from "./rules.ts";
import type { WalkBounds } from "./walk.ts";
import { walk } from "./walk.ts";

/** `linked`: held files with several names, by device and inode. Names out of the folder are no bottle's to write. */
export async function sharedInodes(
  top: OpenFolder,
  rules: Rules,
  bounds: WalkBounds,
  linked: ReadonlyMap<string, string>,
  held: readonly Held[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const paths = new Set(held.map(({ path }) => path));
  await walk(top, rules, bounds, ({ path, name, kind, parent }) => {
    if (paths.has(path)) return false;
    if (kind !== "file") return true;
    const stat = parent.stat(name);
    if (stat === undefined || stat.nlink < 2n) return true;
    const protectedPath = linked.get(`${stat.dev}:${stat.ino}`);
    if (protectedPath !== undefined)
      faults.push({
        path: printable(path),
        why: `is another name of ${printable(protectedPath)} (a hard link)`,
      });
    return true;
  });
  return faults;
}

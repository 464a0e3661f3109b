/** How many files a bottle has written, cheaply and at any time: by the kernel's change times, without a look into any file. */
import { SafeFolder } from "./safe-folder.ts";

/** Entries looked at; a larger folder gets no number. */
const maxEntries = 100_000;
/** Folders that hold what tools make anew, and git's own. */
const passedOver: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** Files and links that are new or changed since `since` (milliseconds since the epoch); null if that is not known. */
export function countChanged(workspace: string, since: number): number | null {
  let changed = 0;
  let entries = 0;
  const folders = [""];
  try {
    using root = SafeFolder.open(workspace);
    for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
      using folder = root.folder(path);
      for (const { name, kind } of folder?.names() ?? []) {
        entries += 1;
        if (entries > maxEntries) return null;
        if (kind === "folder") {
          if (!passedOver.has(name)) folders.push(path === "" ? name : `${path}/${name}`);
        } else if ((folder?.changedAt(name) ?? 0) > since) changed += 1;
      }
    }
  } catch {
    // It is being removed, or its agent closed it.
    return null;
  }
  return changed;
}

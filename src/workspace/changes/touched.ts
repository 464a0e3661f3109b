/** Whether anything in a folder changed since the copy was made: by the kernel's change times, without a look into any file. */
import type { SafeFolder } from "../safe-folder.ts";

/** Entries looked at; more of them count as changed. */
const maxEntries = 100_000;

/** `since`: milliseconds since the epoch; 0 if it is not known. git writes its index also when it only looks. */
export function isTouched(work: SafeFolder, path: string, since: number): boolean {
  if (since === 0) return true;
  const folders = [path];
  let entries = 0;
  // The list grows while it is walked.
  for (const folder of folders) {
    using open = work.folder(folder);
    // A file, such as a submodule's .git.
    if (open === undefined) continue;
    // A file that went away; in .git locks come and go.
    if (!folder.endsWith("/.git") && Number(open.self().ctimeNs) / 1e6 >= since) return true;
    for (const { name, kind } of open.names()) {
      entries += 1;
      if (entries > maxEntries) return true;
      if (kind === "folder") folders.push(`${folder}/${name}`);
      else if (name !== "index" && (open.changedAt(name) ?? Infinity) >= since) return true;
    }
  }
  return false;
}

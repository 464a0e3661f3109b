/** How many files are in a folder that stays behind. */
import { setImmediate } from "node:timers/promises";
import type { CopyJob } from "./copy-job.ts";
import { openFolder } from "./source-folder.ts";

/** Everything but folders counts; what cannot be read does not. Folders are looked at one by one, no link is followed. */
export async function countFiles(job: CopyJob, folder: string): Promise<number> {
  // What may not be read stays behind anyway: no reason to stop.
  const quiet: CopyJob = { ...job, unreadable: [] };
  const folders = [folder];
  let files = 0;
  let until = performance.now() + 8;
  for (const path of folders) {
    using open = openFolder(quiet, path);
    for (const { name, kind } of open?.names() ?? []) {
      if (kind === "folder") folders.push(`${path}/${name}`);
      else files += 1;
    }
    if (performance.now() < until) continue;
    await setImmediate();
    until = performance.now() + 8;
  }
  return files;
}

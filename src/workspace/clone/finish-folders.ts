/** The folders' own permissions, when everything is in them. */
import { chmodSync, lchownSync, rmdirSync } from "node:fs";
import { targetPath } from "./copy-job.ts";
import type { CopyJob } from "./copy-job.ts";

export interface WalkedFolder {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Stays also if nothing came to be in it. */
  readonly ifEmpty: boolean;
}

/** Last and deepest first: a folder without the write bit takes no files. The root of the copy stays private. */
export function finishFolders(job: CopyJob, walked: readonly WalkedFolder[]): void {
  for (const { path, mode, ifEmpty } of walked.toReversed()) {
    const folder = targetPath(job, path);
    if (!ifEmpty && removed(folder)) continue;
    if (path !== "") chmodSync(folder, mode);
    if (job.chown !== undefined) lchownSync(folder, job.chown.uid, job.chown.gid);
    if (path !== "") job.base?.add(path, { kind: "folder", mode });
  }
}

function removed(folder: Buffer): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

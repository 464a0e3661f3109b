/**
 * Does what an archive was found to change, all of it or nothing: the steps are written down first, and whoever finds them there
 * does them again. Each may have been done before.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { order } from "./difference.ts";
import type { Step } from "./difference.ts";
import { OpenFolder, cut } from "./open-step.ts";

/** Beside the folders that are carried, in a bottle's record. */
const stagingName = "carried";
const journalName = "journal.json";

/** The folders of a record that are carried. */
export const carriedFolders = ["workspace", "home"] as const;
export type CarriedFolder = (typeof carriedFolders)[number];

/** Steps for each of them. */
export type Journal = Readonly<Partial<Record<CarriedFolder, readonly Step[]>>> & {
  /** To whom root gives the folders that are new. */
  readonly owner?: { readonly uid: number; readonly gid: number };
};

/** An empty folder to stage in; what an earlier carrying left there is finished or thrown away before. */
export function openStaging(recordDir: string): string {
  settleCarried(recordDir);
  const staging = join(recordDir, stagingName);
  mkdirSync(staging, { mode: 0o700 });
  return staging;
}

/** From here on what was staged is what counts. */
export function commitCarried(recordDir: string, journal: Journal): void {
  const staging = join(recordDir, stagingName);
  const draft = join(staging, `${journalName}.draft`);
  const fd = openSync(draft, "wx", 0o600);
  try {
    writeSync(fd, JSON.stringify(journal));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, join(staging, journalName));
  settleCarried(recordDir);
}

/** Finishes a carrying that had come in whole when its process died, and forgets one that had not. */
export function settleCarried(recordDir: string): void {
  const staging = join(recordDir, stagingName);
  const path = join(staging, journalName);
  if (existsSync(path)) {
    const journal = JSON.parse(readFileSync(path, "utf8")) as Journal;
    using staged = OpenFolder.open(staging);
    for (const name of carriedFolders) {
      using folder = OpenFolder.open(join(recordDir, name));
      doSteps(folder, staged, journal[name] ?? [], journal.owner);
    }
  }
  // The journal last: as long as it is there, all of it may be done again.
  rmSync(staging, { recursive: true, force: true });
}

function doSteps(
  folder: OpenFolder,
  staged: OpenFolder,
  steps: readonly Step[],
  owner: Journal["owner"],
): void {
  for (const kind of order)
    for (const step of steps) if (step.do === kind) doStep(folder, staged, step, owner);
  // Deepest first, when everything is in them.
  for (const step of steps.toReversed())
    if (step.do === "folder")
      within(folder, step.path, (open, name) => chmodSync(open.at(name), step.mode));
}

function doStep(folder: OpenFolder, staged: OpenFolder, step: Step, owner: Journal["owner"]): void {
  within(folder, step.path, (open, name) => {
    const at = open.at(name);
    switch (step.do) {
      case "remove":
        return open.remove(name);
      case "folder":
        if (open.stat(name)?.isDirectory() === true) return undefined;
        open.remove(name);
        open.makeFolder(name);
        if (owner !== undefined) lchownSync(at, owner.uid, owner.gid);
        return undefined;
      case "put":
        if (staged.stat(step.staged) === undefined) return undefined;
        if (open.stat(name)?.isDirectory() === true) open.remove(name);
        return renameSync(staged.at(step.staged), at);
      case "same-file": {
        const [above, own] = cut(step.to);
        using other = folder.below(above);
        if (other?.stat(own)?.isFile() !== true) return undefined;
        open.remove(name);
        return linkSync(other.at(own), at);
      }
      case "touch":
        if (open.stat(name)?.isFile() !== true) return undefined;
        chmodSync(at, step.mode);
        return utimesSync(at, step.modified, step.modified);
    }
  });
}

/** What is in a folder that is gone is gone: a removal that is done again. */
function within(
  folder: OpenFolder,
  path: string,
  act: (open: OpenFolder, name: string) => void,
): void {
  const [above, name] = cut(path);
  using open = folder.below(above, true);
  if (open !== undefined) act(open, name);
}

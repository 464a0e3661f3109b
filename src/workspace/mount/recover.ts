/** Sees to the end of bottles whose supervisor was killed: compares their folder as the supervisor would have. */
import { constants, readdirSync, readFileSync } from "node:fs";
import { open, realpath, rm, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseMountTable, placeOnDevice } from "../../host/mount-table.ts";
import { isAlive, readProcess } from "../../host/process.ts";
import type { Findings } from "./base.ts";
import { compareFolder } from "./compare.ts";
import type { OpenMount } from "./ledger.ts";
import { beat, lastBeat, openMounts, overlap, readBase, readReport, reportFile } from "./ledger.ts";
import { identityOf, OpenFolder } from "./open-folder.ts";
import { openQuarantine, takenFor } from "./quarantine.ts";

export interface RecoverOptions {
  /** The folder of all records. */
  readonly records: string;
  readonly write: (path: string, value: object) => Promise<void>;
  /** Only bottles on this folder, in it or around it. */
  readonly only?: string;
}

/** Returns the ids whose end was seen to. One whose processes are still dying is left for the next time. */
export async function recoverMounts(options: RecoverOptions): Promise<readonly string[]> {
  const { records, write, only } = options;
  const done: string[] = [];
  for (const left of await openMounts(records)) {
    if (
      isAlive(left.report.supervisor) ||
      (only !== undefined && !overlap(left.report.folder, only))
    )
      continue;
    const claim = await takeClaim(join(left.record, "mount.claim"));
    if (claim === undefined) continue;
    try {
      // Somebody else may have been here since it was listed.
      if ((await readReport(left.record))?.state === "closed") continue;
      const found = left.report.state === "claimed" ? {} : await compareLeft(left);
      if (found === undefined) continue;
      await write(join(left.record, reportFile), {
        ...left.report,
        ...found,
        taken: takenFor(left.record),
        state: "closed",
        closedAt: Date.now(),
      });
      done.push(left.id);
    } finally {
      await rm(claim, { force: true });
    }
  }
  return done;
}

/** Undefined while a process of the bottle is left. */
async function compareLeft({ record, report }: OpenMount): Promise<Partial<Findings> | undefined> {
  const { folder } = report;
  const failed = (why: string): Partial<Findings> => ({ problems: [{ path: ".", why }] });
  const real = await realpath(folder).catch(() => undefined);
  if (real !== folder) return failed("the folder is not there any more");
  if (await isMountedSomewhere(folder)) return undefined;
  const base = await readBase(record);
  if (base === undefined)
    return failed("what was there at the start is not known: look at it by hand");
  using top = OpenFolder.open(folder);
  if (identityOf(top.ownStat()) !== base.top) return failed("another folder has its place now");
  using quarantine = openQuarantine(record, top, folder);
  const last = lastBeat(record);
  // Awaited here: the folders are closed with this function.
  return await compareFolder(top, {
    root: folder,
    base,
    quarantine,
    copies: new Map(),
    openedAt: report.openedAt,
    // Wide: a machine out of memory or disk may keep a supervisor from giving signs of life while its bottle goes on.
    ...(last === undefined ? {} : { diedAt: last + 12 * beat }),
  });
}

/** True if a process has the folder at a bottle's workspace (every process shows its mounts to everybody). */
export async function isMountedSomewhere(folder: string): Promise<boolean> {
  const place = placeOnDevice(await readFile("/proc/self/mountinfo", "latin1"), folder);
  if (place === undefined) return false;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return parseMountTable(readFileSync(`/proc/${pid}/mountinfo`, "latin1")).some(
          ({ device, root, point }) =>
            device === place.device && root === place.root && point.startsWith("/work/"),
        );
      } catch {
        return false;
      }
    });
}

/** One at a time; a claim of a dead one is none. Returns the claim's path. */
async function takeClaim(path: string): Promise<string | undefined> {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      const file = await open(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
        0o600,
      );
      await file.writeFile(`${process.pid} ${readProcess(process.pid)?.started ?? 0}`);
      await file.close();
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const [pid = 0, started = -1] = (await readFile(path, "latin1").catch(() => ""))
        .split(" ")
        .map(Number);
      if (isAlive({ pid, started })) return undefined;
      await rm(path, { force: true });
    }
  }
  return undefined;
}

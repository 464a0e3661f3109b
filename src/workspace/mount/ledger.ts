/** What records say of bottles that work on a folder itself: who has which, and what was left open by a supervisor that was killed. */
import { closeSync, constants, openSync, statSync, writeSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Base, MountReport } from "./base.ts";

export const reportFile = "mount.json";
export const baseFile = "mount-base.json";
const beatFile = "mount-beat";

/** Bytes; a base has a line for each protected path. */
const maxFile = 64 * 1024 * 1024;

export interface OpenMount {
  readonly id: string;
  /** The record's folder. */
  readonly record: string;
  readonly report: MountReport;
}

/** Every record whose bottle's end was not seen to. `records`: the folder of all records. */
export async function openMounts(records: string): Promise<readonly OpenMount[]> {
  const ids = await readdir(records).catch(() => [] as string[]);
  const found = await Promise.all(
    ids.map(async (id): Promise<OpenMount | undefined> => {
      const record = join(records, id);
      const report = await readReport(record);
      return report === undefined || report.state === "closed" ? undefined : { id, record, report };
    }),
  );
  return found.filter((one) => one !== undefined);
}

export function readReport(record: string): Promise<MountReport | undefined> {
  return readJson<MountReport>(join(record, reportFile));
}

/** Undefined if it is not there or not whole. */
export function readBase(record: string): Promise<Base | undefined> {
  return readJson<Base>(join(record, baseFile));
}

/** The records are ours; a link there is not. */
async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      return size > maxFile ? undefined : (JSON.parse(await file.readFile("utf8")) as T);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Milliseconds between two signs of life, and many more. */
export const beat = 5000;

/** A sign of life, with the time of the clock that files are dated by: it may jump. One that cannot be given is only missing. */
export function giveBeat(record: string): void {
  try {
    const fd = openSync(join(record, beatFile), constants.O_WRONLY | constants.O_CREAT, 0o600);
    writeSync(fd, "x", 0);
    closeSync(fd);
  } catch {
    // A disk that takes nothing; whoever compares later takes more for the bottle's.
  }
}

/** When its last sign of life was given, in milliseconds since the epoch; undefined if there is none. */
export function lastBeat(record: string): number | undefined {
  return statSync(join(record, beatFile), { throwIfNoEntry: false })?.mtimeMs;
}

/** True if one folder is the other, or lies in it. */
export function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

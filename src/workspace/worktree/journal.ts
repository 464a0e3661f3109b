/** The journal of a write into the owner's folder: on disk before the first file is touched, so that whoever comes next can take it back. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makerLives, ownMark } from "../../host/process.ts";
import { writeAtomic } from "../../record/atomic.ts";
import { readFields } from "../../record/fields.ts";

export interface JournalWrite {
  /** One character a byte. */
  readonly path: string;
  readonly kind: "create" | "replace" | "delete";
  /** Of the new file: inode, and nanoseconds since the epoch of its last change. */
  readonly ino: string;
  readonly mtimeNs: string;
}

export interface JournalFolder {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Journal {
  /** The process that writes. */
  readonly writer: string;
  readonly root: string;
  /** `writing`: take it back. `done`: all files are in place, only the tidying is missing. */
  readonly state: "writing" | "done";
  readonly writes: readonly JournalWrite[];
  /** Folders that are made, parents first. */
  readonly made: readonly string[];
  /** Folders that may become empty and are removed then, parents first. */
  readonly removable: readonly JournalFolder[];
}

const file = "apply-journal.json";

export async function readJournal(recordDir: string): Promise<Journal | undefined> {
  const fields = await readFields(join(recordDir, file), maxJournal);
  return fields as Journal | undefined;
}

/** Longer than other files of a record: a line for each file. */
const maxJournal = 256 * 1024 * 1024;

export function writeJournal(recordDir: string, journal: Journal): Promise<void> {
  return writeAtomic(
    join(recordDir, file),
    `${JSON.stringify({ version: 1, ...journal })}\n`,
    true,
  );
}

export function removeJournal(recordDir: string): Promise<void> {
  return rm(join(recordDir, file), { force: true });
}

/** Whether the process of a mark still runs, and is not this one. */
export function isOtherAlive(writer: string): boolean {
  return writer !== ownMark() && makerLives(writer);
}

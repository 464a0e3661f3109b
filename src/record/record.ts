/** One bottle's record while it lives: its folder and the files that are replaced as a whole. */
import { randomBytes } from "node:crypto";
import { rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { writeAtomic } from "./atomic.ts";
import { existingFolder, newFolder, privateFolder } from "./folder.ts";
import { countRuns, recordPaths, recordsDir } from "./paths.ts";
import type { RecordPaths } from "./paths.ts";
import { readFields, recordVersion } from "./fields.ts";
import { withEarlier } from "./receipt.ts";
import { readSeed, writeSeed } from "./seed.ts";

/** The files of a record, each `<name>.json`. */
export const recordFiles = ["plan", "proof", "timing", "receipt", "state", "workspace"] as const;
export type RecordFile = (typeof recordFiles)[number];

export interface BottleRecord {
  readonly id: string;
  /** The bottle's folder, 0700. */
  readonly dir: string;
  /** Counts from 1; each resume is a run of its own. */
  readonly run: number;
  readonly paths: RecordPaths;
  /** What the bottle's placeholders are made from; kept outside of the record. */
  readonly seed: Buffer;
  /**
   * Replaces `<name>.json` atomically; writes of one file happen in the order of their calls. `durable`, as unless told: when
   * it resolves, the text is on the disk.
   */
  write(name: RecordFile, value: object, durable?: boolean): Promise<void>;
}

export interface RecordOptions {
  readonly stateHome: string;
  readonly id: string;
}

/** Makes the folder of a new bottle's record; an id that was used before is refused. */
export async function openRecord(options: RecordOptions): Promise<BottleRecord> {
  const paths = recordPaths(options.stateHome, options.id);
  await privateFolder(recordsDir(options.stateHome));
  await privateFolder(paths.keyDir);
  await newFolder(paths.dir);
  const seed = randomBytes(32);
  try {
    await writeSeed(paths, seed);
  } catch (error) {
    // A full disk: what was begun goes again.
    await Promise.all([rmdir(paths.dir), rm(paths.seed, { force: true })]);
    throw error;
  }
  return recordOf(options.id, 1, paths, seed);
}

/** Opens the record of a bottle that had a run before, for its next one. */
export async function reopenRecord(options: RecordOptions): Promise<BottleRecord> {
  const { stateHome, id } = options;
  await privateFolder(recordsDir(stateHome));
  await existingFolder(recordPaths(stateHome, id).dir);
  const run = (await countRuns(stateHome, id)) + 1;
  const paths = recordPaths(stateHome, id, run);
  return recordOf(id, run, paths, await readSeed(paths), await earlierReceipt(paths.dir, run));
}

/** What cannot be read is kept beside, and not written over. */
async function earlierReceipt(
  dir: string,
  run: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = join(dir, "receipt.json");
  try {
    return await readFields(path);
  } catch (error) {
    if (!(error instanceof BottleError) || error.code !== "E_RECORD_UNREADABLE") throw error;
    await rename(path, join(dir, `receipt.before-run-${run}.damaged`));
    return undefined;
  }
}

function recordOf(
  id: string,
  run: number,
  paths: RecordPaths,
  seed: Buffer,
  before?: Readonly<Record<string, unknown>>,
): BottleRecord {
  const last = new Map<RecordFile, Promise<void>>();
  return {
    id,
    dir: paths.dir,
    run,
    paths,
    seed,
    write(name, value, durable = true) {
      const whole = name === "receipt" ? withEarlier({ ...value }, before) : value;
      const text = `${JSON.stringify({ version: recordVersion, ...whole }, null, 2)}\n`;
      const previous = last.get(name) ?? Promise.resolve();
      const write = (): Promise<void> =>
        writeAtomic(join(paths.dir, `${name}.json`), text, durable);
      // The one before may have failed; its caller heard of it.
      const written = previous.then(write, write);
      last.set(name, written);
      return written;
    },
  };
}

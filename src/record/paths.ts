/** Where a bottle's record is, and, outside of it, the key and the seal of its audit log. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";

export interface RecordPaths {
  /** The record's folder. */
  readonly dir: string;
  readonly audit: string;
  readonly keyDir: string;
  readonly key: string;
  readonly sealDir: string;
  readonly seal: string;
  /** Of the bottle's placeholders. */
  readonly seed: string;
}

/** The folder of all records. */
export function recordsDir(stateHome: string): string {
  return join(stateHome, "claude-bottle");
}

/** `<agent>-<5 base36>`: nothing else may become part of a path. */
export function isBottleId(id: string): boolean {
  return /^[a-z][a-z0-9-]{0,63}-[a-z0-9]{5}$/.test(id);
}

/** What to say where a record should be and is none; the folder is named, because its entries are the ids. */
export function missing(stateHome: string, what: string, why: string): BottleError {
  return new BottleError({
    code: "E_RECORD_MISSING",
    what,
    why,
    next: `The bottles that have a record are the folders in ${recordsDir(stateHome)}.`,
  });
}

/** What to say of a file that is there and cannot be believed. */
export function unreadable(path: string, why: string): BottleError {
  return new BottleError({
    code: "E_RECORD_UNREADABLE",
    what: `The file ${path} of a record cannot be read.`,
    why,
    next: "Look at the file: the disk lost it, or something else wrote to it. `bottle rm --discard-work` removes the whole bottle.",
  });
}

/** Of one run, counted from 1: each has a log, key and seal of its own. Throws for what is no bottle's id. */
export function recordPaths(stateHome: string, id: string, run = 1): RecordPaths {
  if (!isBottleId(id))
    throw missing(
      stateHome,
      `${JSON.stringify(id.slice(0, 80))} is not a bottle's id.`,
      "An id is the agent's name, a hyphen and five characters.",
    );
  const dir = join(recordsDir(stateHome), id);
  const keyDir = join(stateHome, "claude-bottle-keys");
  const sealDir = join(keyDir, "seals");
  const mark = run === 1 ? "" : `.${run}`;
  return {
    dir,
    audit: join(dir, `audit${mark}.jsonl`),
    keyDir,
    key: join(keyDir, `${id}${mark}.key`),
    sealDir,
    seal: join(sealDir, `${id}${mark}.json`),
    seed: join(keyDir, `${id}.seed`),
  };
}

/** Runs of a bottle that came as far as a log, as the keys outside of its record tell; at most `maxRuns`. */
export async function countRuns(stateHome: string, id: string): Promise<number> {
  let run = 0;
  while (run < maxRuns && (await isThere(recordPaths(stateHome, id, run + 1).key))) run += 1;
  return run;
}

/** A bottle is resumed by its owner; so many times it never is. */
const maxRuns = 9_999;

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

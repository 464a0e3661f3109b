/** Reads records of bottles that live or lived. */
import { open, readdir } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { isBottleId, missing, recordPaths, recordsDir, unreadable } from "./paths.ts";
import { recordFiles } from "./record.ts";
import type { RecordFile } from "./record.ts";

/** Bytes; the files of a record are small. */
const maxFile = 16 * 1024 * 1024;

export interface ReadRecord {
  readonly id: string;
  readonly dir: string;
  /** Parsed JSON objects; a file that is not there, as after a kill, is absent. */
  readonly files: Readonly<Partial<Record<RecordFile, Readonly<Record<string, unknown>>>>>;
}

export async function readRecord(options: {
  readonly stateHome: string;
  readonly id: string;
}): Promise<ReadRecord> {
  const { dir } = recordPaths(options.stateHome, options.id);
  const read = await Promise.all(
    recordFiles.map(async (name) => [name, await readFields(join(dir, `${name}.json`))] as const),
  );
  const files = Object.fromEntries(read.filter(([, fields]) => fields !== undefined));
  if (Object.keys(files).length === 0)
    throw missing(
      options.stateHome,
      `There is no record of ${options.id}.`,
      "Its folder is not there, or empty.",
    );
  return { id: options.id, dir, files };
}

/** Every record, by id; one that cannot be read stands there without files. */
export async function listRecords(options: {
  readonly stateHome: string;
}): Promise<readonly ReadRecord[]> {
  const root = recordsDir(options.stateHome);
  const entries = await readdir(root, { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
  const ids = entries
    .filter((entry) => entry.isDirectory() && isBottleId(entry.name))
    .map((entry) => entry.name);
  return Promise.all(
    ids.sort().map((id) =>
      readRecord({ ...options, id }).catch((): ReadRecord => ({
        id,
        dir: join(root, id),
        files: {},
      })),
    ),
  );
}

/** The fields of a JSON file, or nothing if there is no file. No link is followed. */
export async function readFields(
  path: string,
  max: number = maxFile,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw unreadable(path, String(error));
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > max)
      throw unreadable(path, "It is no ordinary file, or too large.");
    const value: unknown = JSON.parse(await file.readFile("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw unreadable(path, "It holds no object.");
    return value as Record<string, unknown>;
  } catch (error) {
    throw error instanceof BottleError ? error : unreadable(path, "It is not JSON.");
  } finally {
    await file.close();
  }
}

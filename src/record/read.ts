/** Reads records of bottles that live or lived. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { readFields } from "./fields.ts";
import { isBottleId, missing, recordPaths, recordsDir } from "./paths.ts";
import { recordFiles } from "./record.ts";
import type { RecordFile } from "./record.ts";

export interface ReadRecord {
  readonly id: string;
  readonly dir: string;
  /** Parsed JSON objects; a file that is not there, as after a kill, is absent. */
  readonly files: Readonly<Partial<Record<RecordFile, Readonly<Record<string, unknown>>>>>;
  /** Files that are there and cannot be believed. */
  readonly damaged: readonly BottleError[];
}

/** Throws where there is no record, where a newer version wrote it, and where its state, which all else hangs on, is damaged. */
export async function readRecord(options: {
  readonly stateHome: string;
  readonly id: string;
}): Promise<ReadRecord> {
  const { dir } = recordPaths(options.stateHome, options.id);
  const damaged: BottleError[] = [];
  const read = await Promise.all(
    recordFiles.map(async (name) => {
      const fields = await readFields(join(dir, `${name}.json`)).catch((error: unknown) => {
        if (!(error instanceof BottleError) || error.code !== "E_RECORD_UNREADABLE") throw error;
        if (name === "state") throw error;
        damaged.push(error);
        return undefined;
      });
      return [name, fields] as const;
    }),
  );
  const files = Object.fromEntries(read.filter(([, fields]) => fields !== undefined));
  if (Object.keys(files).length === 0 && damaged.length === 0)
    throw missing(
      options.stateHome,
      `There is no record of ${options.id}.`,
      "Its folder is not there, or empty.",
    );
  return { id: options.id, dir, files, damaged };
}

/** Every record, by id; one that cannot be read stands there without files, and with the reason. */
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
      readRecord({ ...options, id }).catch((error: unknown): ReadRecord => ({
        id,
        dir: join(root, id),
        files: {},
        damaged: error instanceof BottleError && error.code !== "E_RECORD_MISSING" ? [error] : [],
      })),
    ),
  );
}

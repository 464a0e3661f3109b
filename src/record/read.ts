/** Reads records of bottles that live or lived. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readFields } from "./fields.ts";
import { isBottleId, missing, recordPaths, recordsDir } from "./paths.ts";
import { recordFiles } from "./record.ts";
import type { RecordFile } from "./record.ts";

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

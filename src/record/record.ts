/** One bottle's record while it lives: its folder and the files that are replaced as a whole. */
import { join } from "node:path";
import { writeAtomic } from "./atomic.ts";
import { newFolder, privateFolder } from "./folder.ts";
import { recordPaths, recordsDir } from "./paths.ts";
import type { RecordPaths } from "./paths.ts";

/** The files of a record, each `<name>.json`. */
export const recordFiles = ["plan", "proof", "timing", "receipt", "state", "workspace"] as const;
export type RecordFile = (typeof recordFiles)[number];

export interface BottleRecord {
  readonly id: string;
  /** The bottle's folder, 0700. */
  readonly dir: string;
  readonly paths: RecordPaths;
  /** Replaces `<name>.json` atomically; writes of one file happen in the order of their calls. */
  write(name: RecordFile, value: object): Promise<void>;
}

/** Makes the folder of a new bottle's record; an id that was used before is refused. */
export async function openRecord(options: {
  readonly stateHome: string;
  readonly id: string;
}): Promise<BottleRecord> {
  const paths = recordPaths(options.stateHome, options.id);
  await privateFolder(recordsDir(options.stateHome));
  await newFolder(paths.dir);
  const last = new Map<RecordFile, Promise<void>>();
  return {
    id: options.id,
    dir: paths.dir,
    paths,
    write(name, value) {
      const text = `${JSON.stringify({ version: 1, ...value }, null, 2)}\n`;
      const before = last.get(name) ?? Promise.resolve();
      // The one before may have failed; its caller heard of it.
      const written = before.then(
        () => writeAtomic(join(paths.dir, `${name}.json`), text, true),
        () => writeAtomic(join(paths.dir, `${name}.json`), text, true),
      );
      last.set(name, written);
      return written;
    },
  };
}

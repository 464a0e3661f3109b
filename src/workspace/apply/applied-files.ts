/** `applied-files.json` in a record: what `apply --to worktree` has put into the owner's folder, so that a second one knows it as the bottle's. */
import { join } from "node:path";
import { writeAtomic } from "../../record/atomic.ts";
import { readFields } from "../../record/fields.ts";
import { sameEntry } from "../stage/entry.ts";
import type { Entry, Mode } from "../stage/entry.ts";

/** By path (one character a byte); undefined for a file that was deleted. */
export type AppliedFiles = ReadonlyMap<string, Entry | undefined>;

const file = "applied-files.json";
/** Longer than other files of a record: a line for each file. */
const maxBytes = 256 * 1024 * 1024;

export async function readAppliedFiles(recordDir: string): Promise<AppliedFiles> {
  const fields = await readFields(join(recordDir, file), maxBytes);
  const files = new Map<string, Entry | undefined>();
  for (const [path, entry] of Object.entries(fields?.["files"] ?? {})) {
    const found = /^(100644|100755|120000) ([0-9a-f]+)$/.exec(String(entry));
    files.set(path, found === null ? undefined : { mode: found[1] as Mode, id: found[2] ?? "" });
  }
  return files;
}

export function writeAppliedFiles(recordDir: string, files: AppliedFiles): Promise<void> {
  const entries = [...files].map(
    ([path, entry]) => [path, entry && `${entry.mode} ${entry.id}`] as const,
  );
  const text = JSON.stringify({
    version: 1,
    files: Object.fromEntries(entries.map(([path, entry]) => [path, entry ?? "deleted"])),
  });
  return writeAtomic(join(recordDir, file), `${text}\n`, true);
}

/** Whether the change has been made in the owner's folder before. */
export function wasApplied(
  files: AppliedFiles,
  { path, after }: { readonly path: string; readonly after: Entry | undefined },
): boolean {
  return files.has(path) && sameEntry(files.get(path), after);
}

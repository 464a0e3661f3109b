/** A merge, a cherry-pick or a revert that is under way in the source: without it the next commit inside would be another one. */
import { objectIdOf } from "../ref-name.ts";
import { printable } from "../names.ts";
import type { SafeFolder } from "../safe-folder.ts";

const maxFile = 1024 * 1024;

const heads = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"] as const;
const texts = ["MERGE_MSG", "MERGE_MODE", "SQUASH_MSG"] as const;
/** Of several steps, whose state names commits that nothing else does: they stay behind. */
const staying = ["rebase-merge", "rebase-apply", "sequencer", "BISECT_LOG"] as const;

export interface InProgress {
  /** Files of `.git`, by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Commits that they name. */
  readonly ids: readonly string[];
  readonly dropped: readonly string[];
}

/** `own` has the HEAD. */
export function readInProgress(own: SafeFolder, idLength: number): InProgress {
  const there = new Set([...own.names()].map(({ name }) => name));
  const files = new Map<string, Buffer>();
  const ids: string[] = [];
  for (const name of heads) {
    if (!there.has(name)) continue;
    const lines = own.read(name, maxFile)?.toString("latin1").trimEnd().split("\n") ?? [];
    if (lines.some((line) => objectIdOf(line, idLength) === undefined)) continue;
    ids.push(...lines);
    files.set(name, Buffer.from(`${lines.join("\n")}\n`));
  }
  for (const name of texts) {
    const text = there.has(name) ? own.read(name, maxFile) : undefined;
    if (text !== undefined) files.set(name, text);
  }
  const dropped = staying.filter((name) => there.has(name));
  return { files, ids, dropped: dropped.map((name) => `.git/${printable(name)} (under way)`) };
}

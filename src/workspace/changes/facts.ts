/** What the record says of the copy: when it was made, what was masked, and which files were copied. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readFields } from "../../record/fields.ts";
import { readFileList } from "./file-list.ts";
import type { FileList } from "./reference.ts";

export interface CopyFacts {
  /** Whether the folder was a git repository; undefined in records that do not say. */
  readonly git: boolean | undefined;
  /** Milliseconds since the epoch: before the first file was copied; 0 if it is not known. */
  readonly begun: number;
  /** The same: after the last file was copied. */
  readonly complete: number;
  /** Printable paths of files that are empty inside, whatever they hold outside. */
  readonly masked: ReadonlySet<string>;
  /** What was copied; undefined in records that have no list. */
  readonly list: FileList | undefined;
}

/** The kernel stamps files up to one tick late (clock_gettime(2), CLOCK_REALTIME_COARSE). */
const tick = 20;

/** The record is ours, outside of the bottle; one of an older version has less in it. */
export async function readFacts(recordDir: string): Promise<CopyFacts> {
  const facts = await readFields(join(recordDir, "workspace.json"));
  const { birthtimeMs } = await stat(recordDir);
  const masked = Array.isArray(facts?.["masked"]) ? facts["masked"] : [];
  const base = facts?.["base"];
  return {
    git: typeof facts?.["git"] === "boolean" ? facts["git"] : undefined,
    begun: Math.max(0, birthtimeMs - tick),
    complete: typeof facts?.["clonedAt"] === "number" ? facts["clonedAt"] : 0,
    masked: new Set(masked.filter((path) => typeof path === "string")),
    list: typeof base === "string" ? await readFileList(join(recordDir, "base.jsonl")) : undefined,
  };
}

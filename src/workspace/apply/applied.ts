/** `applied.json` in a bottle's record: what was brought back last, each way. */
import { join } from "node:path";
import { writeAtomic } from "../../record/atomic.ts";
import { readFields } from "../../record/fields.ts";

export interface AppliedOnce {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where the bottle's HEAD stood, and the tree that its work was then. */
  readonly head: string | null;
  readonly result: string;
  /** Changes that stayed behind. */
  readonly leftOut: number;
}

export interface AppliedBranch extends AppliedOnce {
  readonly branch: string;
  readonly commit: string;
}

export interface Applied {
  readonly branch: AppliedBranch | null;
  readonly worktree: AppliedOnce | null;
}

const file = "applied.json";

/** What is not there, or not in our words, was not applied. */
export async function readApplied(recordDir: string): Promise<Applied> {
  const fields = await readFields(join(recordDir, file));
  const [branch, worktree] = [onceIn(fields?.["branch"]), onceIn(fields?.["worktree"])];
  return { branch: branch === null ? null : branchIn(branch), worktree };
}

export function writeApplied(recordDir: string, applied: Applied): Promise<void> {
  const text = `${JSON.stringify({ version: 1, ...applied }, null, 2)}\n`;
  return writeAtomic(join(recordDir, file), text, true);
}

function onceIn(value: unknown): AppliedOnce | null {
  if (typeof value !== "object" || value === null) return null;
  const { at, head, result, leftOut } = value as Readonly<Record<string, unknown>>;
  if (typeof at !== "number" || typeof result !== "string" || typeof leftOut !== "number")
    return null;
  return { ...value, at, head: typeof head === "string" ? head : null, result, leftOut };
}

function branchIn(once: AppliedOnce): AppliedBranch | null {
  const { branch, commit } = once as AppliedOnce & Readonly<Record<string, unknown>>;
  return typeof branch === "string" && typeof commit === "string"
    ? { ...once, branch, commit }
    : null;
}

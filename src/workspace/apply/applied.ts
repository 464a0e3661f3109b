/** `applied.json` in a bottle's record: what was brought back last, and how. */
import { join } from "node:path";
import { writeAtomic } from "../../record/atomic.ts";
import { readFields } from "../../record/fields.ts";

/** What came as a branch. */
export interface AppliedBranch {
  readonly branch: string;
  readonly commit: string;
}

export interface Applied {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly to: "branch" | "worktree";
  /** Where the bottle's HEAD stood, and the tree that was brought. */
  readonly head: string | null;
  readonly result: string;
  /** Changes that stayed behind. */
  readonly leftOut: number;
  /** The branch that was made last, whatever the last call was for. */
  readonly branch: AppliedBranch | null;
}

const file = "applied.json";

/** Undefined if nothing was brought back, or the file does not say so in our words. */
export async function readApplied(recordDir: string): Promise<Applied | undefined> {
  const fields = await readFields(join(recordDir, file));
  const { at, to, head, result, leftOut, branch } = fields ?? {};
  if (typeof at !== "number" || (to !== "branch" && to !== "worktree")) return undefined;
  if (typeof result !== "string" || typeof leftOut !== "number") return undefined;
  return {
    at,
    to,
    head: typeof head === "string" ? head : null,
    result,
    leftOut,
    branch: branchIn(branch),
  };
}

export function writeApplied(recordDir: string, applied: Applied): Promise<void> {
  const text = `${JSON.stringify({ version: 1, ...applied }, null, 2)}\n`;
  return writeAtomic(join(recordDir, file), text, true);
}

function branchIn(value: unknown): AppliedBranch | null {
  if (typeof value !== "object" || value === null) return null;
  const { branch, commit } = value as Readonly<Record<string, unknown>>;
  return typeof branch === "string" && typeof commit === "string" ? { branch, commit } : null;
}

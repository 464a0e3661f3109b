/** The bottle's work into the owner's own folder: his files as they were given change, or none of them does. */
import { BottleError } from "../../errors/error.ts";
import type { LeftOut, MarkedChange } from "../changes/marked.ts";
import type { Work } from "../changes/work.ts";
import { printable } from "../names.ts";
import { planWrites } from "../worktree/plan.ts";
import type { Conflict } from "../worktree/plan.ts";
import { writeFiles } from "../worktree/write.ts";
import { readAppliedFiles, writeAppliedFiles } from "./applied-files.ts";

export async function applyToWorktree(
  work: Work,
  options: {
    readonly id: string;
    readonly recordDir: string;
    /** The owner's folder, without links. */
    readonly source: string;
    readonly changes: readonly MarkedChange[];
    readonly includeDangerous: boolean;
  },
): Promise<{ readonly written: number; readonly leftOut: readonly LeftOut[] }> {
  const { id, recordDir, source, changes, includeDangerous } = options;
  const { stage, owner, sifted } = work;
  const stays = ({ marks }: MarkedChange): boolean => marks.length > 0 && !includeDangerous;
  const wanted = changes.filter((change) => !stays(change));
  const before = await readAppliedFiles(recordDir);
  const { writes, conflicts } = planWrites({
    owner,
    format: stage.format,
    changes: wanted,
    isLost: (path) => sifted.start.get(path)?.kind === "lost",
    appliedBefore: before,
  });
  if (conflicts.length > 0) throw conflict(conflicts);
  await writeFiles({ id, recordDir, stage, owner, root: source, writes });
  const applied = new Map([...before, ...wanted.map(({ path, after }) => [path, after] as const)]);
  await writeAppliedFiles(recordDir, applied);
  const leftOut = changes
    .filter(stays)
    .map(({ path, marks }) => ({ path, reasons: marks.map(({ reason }) => reason) }));
  return { written: writes.length, leftOut };
}

/** Conflicts that an error names at most. */
const maxNamed = 20;

function conflict(conflicts: readonly Conflict[]): BottleError {
  const named = conflicts
    .slice(0, maxNamed)
    .map(({ path, reason }) => `${printable(path)} ${reason}`)
    .join("; ");
  const more = conflicts.length > maxNamed ? `; and ${conflicts.length - maxNamed} more` : "";
  return new BottleError({
    code: "E_APPLY_CONFLICT",
    what: `${conflicts.length} ${conflicts.length === 1 ? "file" : "files"} of yours cannot be changed as the bottle changed them; nothing was changed.`,
    why: `${named}${more}.`,
    next: "Put your own changes aside (git stash, or a copy) and apply again, or apply as a branch and merge it.",
  });
}

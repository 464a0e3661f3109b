/** Decides what is written into the owner's folder: a file only where it still is what the bottle was given, or else nothing at all. */
import type { TreeChange } from "../changes/change-list.ts";
import { tooLarge } from "../stage/errors.ts";
import { sameEntry } from "../stage/entry.ts";
import type { Entry } from "../stage/entry.ts";
import type { SafeFolder } from "../safe-folder.ts";
import { isSafeName, plainName } from "../stage/paths.ts";
import { readPlace } from "./place.ts";
import type { Place, Seen } from "./place.ts";
import { stagingPrefix } from "./staging.ts";

export interface PlannedWrite {
  readonly path: string;
  /** Undefined for a deletion. */
  readonly after: Entry | undefined;
  /** What stands there now; undefined for nothing. */
  readonly seen: Seen | undefined;
  /** Permissions of what stands there now. */
  readonly mode: number | undefined;
}

export interface Conflict {
  readonly path: string;
  /** Goes on after the file's name. */
  readonly reason: string;
}

export interface WritePlan {
  readonly writes: readonly PlannedWrite[];
  readonly conflicts: readonly Conflict[];
  /** Files that are as they shall be. */
  readonly already: number;
}

export interface PlanOptions {
  readonly owner: SafeFolder;
  readonly format: "sha1" | "sha256";
  readonly changes: readonly TreeChange[];
  /** Whether nobody knows any more what the bottle was given at the path. */
  readonly isLost: (path: string) => boolean;
  /** What an apply before this one has put there. */
  readonly appliedBefore: ReadonlyMap<string, Entry | undefined>;
}

const maxWrites = 200_000;

export function planWrites(options: PlanOptions): WritePlan {
  const { owner, format, changes } = options;
  if (changes.length > maxWrites) throw tooLarge("more changed files", `${maxWrites}`);
  const deletes = new Set(
    changes.filter(({ after }) => after === undefined).map(({ path }) => path),
  );
  const writes: PlannedWrite[] = [];
  const conflicts: Conflict[] = [];
  let already = 0;
  for (const change of changes) {
    const place = readPlace(owner, change.path, format);
    const reason = conflictWith(options, change, place, deletes);
    const now = place.kind === "file" ? place.entry : undefined;
    if (reason !== undefined) conflicts.push({ path: change.path, reason });
    else if (isDone(place, now, change)) already += 1;
    else
      writes.push({
        path: change.path,
        after: change.after,
        seen: place.kind === "file" ? place.seen : undefined,
        mode: place.kind === "file" ? place.mode : undefined,
      });
  }
  return { writes, conflicts, already };
}

function conflictWith(
  { owner, isLost, appliedBefore }: PlanOptions,
  { path, before, after }: TreeChange,
  place: Place,
  deletes: ReadonlySet<string>,
): string | undefined {
  if (before?.mode === "160000" || after?.mode === "160000")
    return "is a submodule, which only git can put into a folder";
  if (!path.split("/").every(isSafeName) || plainName(path).startsWith(stagingPrefix))
    return "has a name that is not written into a folder";
  if (place.kind === "other") return "is no file that can be read";
  // Where a folder is, or where none is to be in, there is no file to delete any more.
  if (after === undefined && place.kind !== "file") return undefined;
  if (place.kind === "blocked" && !deletes.has(place.at))
    return `lies below a ${place.by} of yours`;
  if (place.kind === "folder")
    return isEmptied(owner, path, deletes) ? undefined : "is a folder of yours";
  const now = place.kind === "file" ? place.entry : undefined;
  if (sameEntry(now, after)) return undefined;
  if (appliedBefore.has(path) && sameEntry(now, appliedBefore.get(path))) return undefined;
  if (!isLost(path) && sameEntry(now, before)) return undefined;
  if (now === undefined) return "is not there any more: you have deleted or moved it";
  return before === undefined
    ? "is there already: you have made a file of that name"
    : "is not what the bottle was given: you have changed it";
}

/** The path is as it shall be; a folder is no file. */
function isDone(place: Place, now: Entry | undefined, { after }: TreeChange): boolean {
  return place.kind === "folder" ? after === undefined : sameEntry(now, after);
}

/** Every file in the folder will be deleted. */
function isEmptied(owner: SafeFolder, path: string, deletes: ReadonlySet<string>): boolean {
  using open = owner.folder(path);
  for (const { name, kind } of open?.names() ?? []) {
    const inside = `${path}/${name}`;
    if (kind === "folder" ? !isEmptied(owner, inside, deletes) : !deletes.has(inside)) return false;
  }
  return true;
}

/** What differs between two trees, file by file; renames are told as a deletion and an addition, so that no name goes unseen. */
import type { Entry, Mode } from "../stage/entry.ts";
import type { Stage } from "../stage/stage.ts";

export interface TreeChange {
  /** One character a byte (names.ts). */
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** Lines added and removed; undefined for what is not text. */
export interface LineCount {
  readonly added: number;
  readonly removed: number;
}

const maxListing = 512 * 1024 * 1024;

/** For `git diff-tree`: nothing that a setting could turn into a program. */
export const plainDiff: readonly string[] = [
  "-r",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--ignore-submodules=none",
  "--submodule=short",
];

export async function treeChanges(
  stage: Stage,
  from: string,
  to: string,
): Promise<readonly TreeChange[]> {
  if (from === to) return [];
  const { output } = await stage.git({
    step: "compare two trees",
    argv: ["diff-tree", ...plainDiff, "--raw", "-z", "--no-renames", "--no-abbrev", from, to],
    maxOutput: maxListing,
  });
  return parseRaw(output.toString("latin1").split("\0"));
}

/** Pairs of `:mode mode id id letter` and a path. */
export function parseRaw(fields: readonly string[]): readonly TreeChange[] {
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const found = /^:([0-7]{6}) ([0-7]{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]/.exec(fields[at] ?? "");
    if (found === null) break;
    const [, oldMode = "", newMode = "", oldId = "", newId = ""] = found;
    changes.push({
      path: fields[at + 1] ?? "",
      before: entryOf(oldMode, oldId),
      after: entryOf(newMode, newId),
    });
  }
  return changes;
}

export async function lineCounts(
  stage: Stage,
  from: string,
  to: string,
): Promise<ReadonlyMap<string, LineCount>> {
  const counts = new Map<string, LineCount>();
  if (from === to) return counts;
  const { output } = await stage.git({
    step: "count the changed lines",
    argv: ["diff-tree", ...plainDiff, "--numstat", "-z", "--no-renames", from, to],
    maxOutput: maxListing,
  });
  for (const line of output.toString("latin1").split("\0")) {
    const found = /^([0-9]+)\t([0-9]+)\t([^]+)$/.exec(line);
    if (found !== null)
      counts.set(found[3] ?? "", { added: Number(found[1]), removed: Number(found[2]) });
  }
  return counts;
}

function entryOf(mode: string, id: string): Entry | undefined {
  return mode === "000000" ? undefined : { mode: mode as Mode, id };
}

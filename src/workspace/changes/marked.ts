/** A bottle's changes, each with its danger marks. */
import { createMarker } from "../danger/marks.ts";
import type { Mark, Marker } from "../danger/marks.ts";
import { insideTarget } from "../danger/links.ts";
import { printable } from "../names.ts";
import { smallBlobs } from "../stage/blobs.ts";
import type { Stage } from "../stage/stage.ts";
import type { TreeChange } from "./change-list.ts";
import { placeOf } from "./sift.ts";
import type { Work } from "./work.ts";

export interface MarkedChange extends TreeChange {
  /** None for most. */
  readonly marks: readonly Mark[];
}

/** A dangerous change that stayed behind. */
export interface LeftOut {
  /** One character a byte, as all paths here; text from the bottle, to be escaped. */
  readonly path: string;
  readonly reasons: readonly string[];
}

/** What a link may hold (PATH_MAX, limits.h); a longer one leads nowhere. */
const maxTarget = 4096;
const maxAliases = 1_000;

/** The marker for a bottle's files. */
export function markerFor({
  links,
  facts,
  owner,
}: Pick<Work, "links" | "facts" | "owner">): Marker {
  const isLink = (path: string): boolean => links.has(path);
  const aliases: { at: string; to: string }[] = [];
  for (const at of links) {
    const { folder, name } = placeOf(at);
    using open = owner.folder(folder);
    const target = open?.link(name)?.toString("latin1");
    const to = target && insideTarget(at, target, () => false);
    if (to !== undefined && to !== "" && aliases.length < maxAliases) aliases.push({ at, to });
  }
  return createMarker({ isLink, aliases, isMasked: (path) => facts.masked.has(printable(path)) });
}

/** Marks changes between any two trees of the stage. */
export async function markChanges<Change extends TreeChange>(
  stage: Stage,
  marker: Marker,
  changes: readonly Change[],
): Promise<readonly (Change & MarkedChange)[]> {
  const targets = await smallBlobs(
    stage,
    changes.filter(({ after }) => after?.mode === "120000").map(({ after }) => after?.id ?? ""),
    maxTarget,
  );
  const marked = changes.map((change) => ({
    ...change,
    marks: marker(change, targets.get(change.after?.id ?? "")),
  }));
  return joinReplaced(marked);
}

/** Where a folder became a file or a link, or the other way round, one cannot come without the other: they share their marks. */
function joinReplaced<Change extends MarkedChange>(changes: readonly Change[]): readonly Change[] {
  const marks = new Map(
    changes.filter((one) => one.marks.length > 0).map((one) => [one.path, one.marks]),
  );
  if (marks.size === 0) return changes;
  const paths = new Set(changes.map(({ path }) => path));
  const above = (path: string): readonly string[] =>
    [...path.matchAll(/\//g)]
      .map(({ index }) => path.slice(0, index))
      .filter((one) => paths.has(one));
  for (const [path, own] of [...marks])
    for (const folder of above(path)) if (!marks.has(folder)) marks.set(folder, own);
  return changes.map((change) => {
    const [from] = [change.path, ...above(change.path)].filter((path) => marks.has(path));
    return from === undefined ? change : { ...change, marks: marks.get(from) ?? change.marks };
  });
}

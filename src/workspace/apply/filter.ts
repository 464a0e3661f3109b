/** What a branch gets of each path: some files stay as the owner has them. */
import type { TreeChange } from "../changes/change-list.ts";
import { markChanges } from "../changes/marked.ts";
import type { MarkedChange } from "../changes/marked.ts";
import { maxPointer, pointerIn } from "../changes/pointers.ts";
import type { Work } from "../changes/work.ts";
import type { Mark, Marker } from "../danger/marks.ts";
import { printable } from "../names.ts";
import { smallBlobs } from "../stage/blobs.ts";
import { blobIdOf } from "../stage/content.ts";
import { sameEntry } from "../stage/entry.ts";
import type { Entry } from "../stage/entry.ts";
import type { OwnersFilters } from "./owners-filters.ts";

/** One path that is set back. */
export interface SetBack {
  readonly path: string;
  readonly to: Entry | undefined;
  /** Why it is dangerous, if that is the reason. */
  readonly marks: readonly Mark[];
  /** The owner's filter that would have to run on it. */
  readonly filter: string | undefined;
  /** It was given so, and nothing is lost. */
  readonly given: boolean;
}

export interface Filter {
  /** Those of the changes against the owner's commit that must not come, and what stands there instead. */
  setBack(changes: readonly TreeChange[]): Promise<readonly SetBack[]>;
}

export interface FilterOptions {
  readonly marker: Marker;
  readonly filters: OwnersFilters;
  readonly includeDangerous: boolean;
  /** What the owner has of a path in ways besides that commit: before the start, or on the branch. */
  readonly accepted: ReadonlyMap<string, readonly (Entry | undefined)[]>;
}

export function createFilter(
  { stage, facts }: Pick<Work, "stage" | "facts">,
  { marker, filters, includeDangerous, accepted }: FilterOptions,
): Filter {
  const nothing = blobIdOf(Buffer.alloc(0), stage.format);
  // A masked file that was committed as masking had left it: empty. That is no work of the bottle.
  const isEmptied = ({ path, before, after }: TreeChange): boolean =>
    after?.id === nothing && before !== undefined && facts.masked.has(printable(path));
  const isAccepted = ({ path, after }: TreeChange): boolean =>
    accepted.get(path)?.some((entry) => sameEntry(entry, after)) === true;
  const isDangerous = (change: MarkedChange): boolean =>
    !includeDangerous && change.marks.length > 0 && !isAccepted(change);

  /** Files whose content a filter would have made another: git inside the bottle has no filters. */
  async function unfiltered(changes: readonly TreeChange[]): Promise<ReadonlyMap<string, string>> {
    const files = changes.filter(
      ({ after }) => after?.mode === "100644" || after?.mode === "100755",
    );
    const found = await filters.of(files.map(({ path }) => path));
    const ids = files.filter(({ path }) => found.has(path)).map(({ after }) => after?.id ?? "");
    const small = await smallBlobs(stage, ids, maxPointer);
    // A bottle that has git-lfs commits pointers by itself.
    const isPointer = ({ after }: TreeChange): boolean =>
      pointerIn(small.get(after?.id ?? "")?.toString("latin1") ?? "") !== undefined;
    const left = files.filter((file) => found.has(file.path) && !isPointer(file));
    return new Map(left.map(({ path }) => [path, found.get(path) ?? ""]));
  }

  return {
    async setBack(changes) {
      const marked: readonly MarkedChange[] = await markChanges(stage, marker, changes);
      const raw = await unfiltered(changes);
      return marked
        .filter((change) => isEmptied(change) || isDangerous(change) || raw.has(change.path))
        .map((change) => ({
          path: change.path,
          to: change.before,
          marks: isDangerous(change) ? change.marks : [],
          filter: raw.get(change.path),
          given: isEmptied(change) || isAccepted(change),
        }));
    },
  };
}

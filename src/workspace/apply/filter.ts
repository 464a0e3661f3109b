/** What a branch gets of each path: without the owner's yes, a dangerous file stays as the owner has it. */
import type { TreeChange } from "../changes/change-list.ts";
import { markChanges } from "../changes/marked.ts";
import type { MarkedChange } from "../changes/marked.ts";
import type { Mark, Marker } from "../danger/marks.ts";
import { printable } from "../names.ts";
import { blobIdOf } from "../stage/content.ts";
import { sameEntry } from "../stage/entry.ts";
import type { Entry } from "../stage/entry.ts";
import type { Work } from "../changes/work.ts";

/** One path that is set back. */
export interface SetBack {
  readonly path: string;
  readonly to: Entry | undefined;
  readonly marks: readonly Mark[];
}

export interface Filter {
  /** Those of the changes against the owner's commit that must not come, and what stands there instead. */
  setBack(changes: readonly TreeChange[]): Promise<readonly SetBack[]>;
}

/** `accepted` holds what the owner has of a path in ways besides that commit: before the start, or on the branch. */
export function createFilter(
  work: Pick<Work, "stage" | "facts">,
  marker: Marker,
  includeDangerous: boolean,
  accepted: ReadonlyMap<string, readonly (Entry | undefined)[]>,
): Filter {
  const { stage, facts } = work;
  const nothing = blobIdOf(Buffer.alloc(0), stage.format);
  // A masked file that was committed as masking had left it: empty. That is no work of the bottle.
  const isEmptied = ({ path, before, after }: TreeChange): boolean =>
    after?.id === nothing && before !== undefined && facts.masked.has(printable(path));
  const isAccepted = ({ path, after }: TreeChange): boolean =>
    accepted.get(path)?.some((entry) => sameEntry(entry, after)) === true;
  const isDangerous = (change: MarkedChange): boolean =>
    !includeDangerous && change.marks.length > 0 && !isAccepted(change);
  return {
    async setBack(changes) {
      const marked: readonly MarkedChange[] = await markChanges(stage, marker, changes);
      return marked
        .filter((change) => isEmptied(change) || isDangerous(change))
        .map(({ path, before, marks }) => ({ path, to: before, marks }));
    },
  };
}

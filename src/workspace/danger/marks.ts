/** Danger marks: what of a bottle's changes is run or obeyed by something before its owner has looked at it. */
import type { TreeChange } from "../changes/change-list.ts";
import { insideTarget } from "./links.ts";
import { createMatcher } from "./match.ts";
import { dangerByNature } from "./table.ts";

export interface Mark {
  /** A word of the table, or of `dangerByNature`. */
  readonly kind: string;
  /** Goes on after the file's name. */
  readonly reason: string;
}

export interface MarkerFacts {
  /** Whether the path is a link, before or after the change. */
  readonly isLink: (path: string) => boolean;
  /** Where the links lead that have been there before: what is below `to` is also below `at`. */
  readonly aliases: readonly { readonly at: string; readonly to: string }[];
  readonly isMasked: (path: string) => boolean;
}

/** Marks of one change; `target` is where a link points to after it. None for most. */
export type Marker = (change: TreeChange, target: Buffer | undefined) => readonly Mark[];

export function createMarker({ isLink, aliases, isMasked }: MarkerFacts): Marker {
  const matcher = createMatcher();
  const nature = (kind: keyof typeof dangerByNature): Mark => ({
    kind,
    reason: dangerByNature[kind],
  });

  function byName(path: string): readonly Mark[] {
    const names = [path];
    for (const { at, to } of aliases)
      if (path === to || path.startsWith(`${to}/`)) names.push(at + path.slice(to.length));
    const rows = new Set(names.flatMap((name) => matcher.ofFile(name)));
    return [...rows].map(({ kind, reason }) => ({ kind, reason }));
  }

  function byLink(path: string, target: Buffer | undefined): readonly Mark[] {
    const marks: Mark[] = matcher.ofFolder(path).map(({ kind, reason }) => ({ kind, reason }));
    const inside = target && insideTarget(path, target.toString("latin1"), isLink);
    return inside === undefined ? [...marks, nature("link")] : marks;
  }

  return ({ path, before, after }, target) => {
    const marks: Mark[] = [...byName(path)];
    if (after?.mode === "100755" && before?.mode !== "100755") marks.push(nature("executable"));
    if (after?.mode === "120000") marks.push(...byLink(path, target));
    if (after?.mode === "160000" || before?.mode === "160000") marks.push(nature("submodule"));
    if (isMasked(path)) marks.push(nature("masked"));
    return marks;
  };
}

/** Finds protected paths while a folder is walked, a name at a time: one step costs a few look-ups, however long the table is. */
import type { ProtectedGroup, ProtectedKind } from "./protected-path.ts";

export interface Step {
  /** Set if the path so far is a protected one. */
  readonly kind: ProtectedKind | undefined;
  /** More names could make it one: what is a link here would lead there. */
  readonly onTheWay: boolean;
  /** For the names below. */
  readonly below: Places;
}

/** Where in the table a path stands. */
export type Places = readonly Place[];

class Place {
  readonly names: Map<string, Place> = new Map();
  readonly globs: { readonly test: (name: string) => boolean; readonly next: Place }[] = [];
  /** `**`: any number of folders, none included. */
  deep: Place | undefined;
  isDeep: boolean = false;
  kind: ProtectedKind | undefined;
}

export class Matcher {
  readonly #top = new Place();

  constructor(groups: readonly ProtectedGroup[]) {
    for (const { kind, where, paths } of groups)
      for (const path of paths) this.#add(where === "top" ? path : `**/${path}`, kind);
  }

  /** Where a walk begins. */
  top(): Places {
    return withDeep([this.#top]);
  }

  /** From a folder to one name in it. Names are such as names.ts has them. */
  step(places: Places, name: string): Step {
    const folded = name.toLowerCase();
    const next: Place[] = [];
    for (const place of places) {
      if (place.isDeep) next.push(place);
      const known = place.names.get(folded);
      if (known !== undefined) next.push(known);
      for (const glob of place.globs) if (glob.test(folded)) next.push(glob.next);
    }
    const below = withDeep(next);
    return {
      kind: below.find((place) => place.kind !== undefined)?.kind,
      onTheWay: below.some(
        (place) => !place.isDeep && (place.names.size > 0 || place.deep !== undefined),
      ),
      below,
    };
  }

  #add(path: string, kind: ProtectedKind): void {
    let place = this.#top;
    // `deploy/**` is the folder itself, which has all that will ever be in it.
    for (const segment of path
      .toLowerCase()
      .replace(/(?:\/\*\*)+$/, "")
      .split("/"))
      place = nextPlace(place, segment);
    place.kind ??= kind;
  }
}

function nextPlace(place: Place, segment: string): Place {
  if (segment === "**") {
    place.deep ??= Object.assign(new Place(), { isDeep: true });
    return place.deep;
  }
  if (segment.includes("*")) {
    const next = new Place();
    place.globs.push({ test: globTest(segment), next });
    return next;
  }
  const known = place.names.get(segment) ?? new Place();
  place.names.set(segment, known);
  return known;
}

function withDeep(places: readonly Place[]): Places {
  const all = new Set(places);
  // The set grows while it is walked.
  for (const { deep } of all) if (deep !== undefined) all.add(deep);
  return [...all];
}

/** Stars of one segment; anything else is itself. Linear, whatever the name: each part is looked for once, from left to right. */
function globTest(segment: string): (name: string) => boolean {
  const parts = segment.split(/\*+/);
  const first = parts.shift() ?? "";
  const last = parts.pop() ?? "";
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of parts) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}

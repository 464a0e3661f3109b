/** Makes room when every connection is taken: whoever only waits goes, so that a flood of silence shuts nobody out. */

/** `busy`: a request is being read or answered. `new`: none ever came. `idle`: between two. */
export type Leisure = "busy" | "new" | "idle";

export interface Crowded {
  readonly leisure: Leisure;
  destroy(): void;
}

/** Ends the oldest that never asked for anything, or else the oldest between two requests; false if all are busy. */
export function makeRoom<T extends Crowded>(crowd: Set<T>): boolean {
  let idle: T | undefined;
  for (const one of crowd) {
    const { leisure } = one;
    if (leisure === "new") return end(crowd, one);
    if (leisure === "idle") idle ??= one;
  }
  return idle !== undefined && end(crowd, idle);
}

function end<T extends Crowded>(crowd: Set<T>, one: T): true {
  // At once: its close comes later, and room is counted now.
  crowd.delete(one);
  one.destroy();
  return true;
}

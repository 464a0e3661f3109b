/** What the word list `can` of a manifest's credential grants. */

const push = "push:";

/** The branches of all `push:` words. */
export function pushGlobs(can: readonly string[]): readonly string[] {
  return can.filter((word) => word.startsWith(push)).map((word) => word.slice(push.length));
}

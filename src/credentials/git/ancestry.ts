/** Whether one commit descends from another, as far as commits are known. */

/** Parents by commit. */
export type History = ReadonlyMap<string, readonly string[]>;

export interface Walk {
  readonly found: boolean;
  /** Commits that were come to and are not known: beyond them anything could be. */
  readonly beyond: readonly string[];
}

/** From `from` over all known parents, until `wanted` is found; bounded by what is known. */
export function walkTo(wanted: string, from: readonly string[], known: History): Walk {
  const seen = new Set(from);
  const todo = [...from];
  const beyond: string[] = [];
  for (let commit = todo.pop(); commit !== undefined; commit = todo.pop()) {
    if (commit === wanted) return { found: true, beyond: [] };
    const parents = known.get(commit);
    if (parents === undefined) beyond.push(commit);
    for (const parent of parents ?? []) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      todo.push(parent);
    }
  }
  return { found: false, beyond };
}

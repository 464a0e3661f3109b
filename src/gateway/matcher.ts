/**
 * Finds many byte patterns in one pass over a stream (Aho and Corasick, "Efficient string matching", 1975): linear in
 * the data whatever the data is, and its state says how much of the tail could still become a match.
 */
export interface Matcher {
  /** Bytes of the longest pattern; 0 without patterns. */
  readonly longest: number;
  /** How many of the last bytes seen could be the beginning of a match that is not over yet. */
  pending(state: number): number;
  /** Bytes of a pattern. */
  lengthOf(pattern: number): number;
  /**
   * Reads `data` from `state` (0 at the beginning) and returns the state after it. `hit` hears, for each index at
   * which patterns end, the longest of them; returning false stops there.
   */
  scan(data: Uint8Array, state: number, hit: (end: number, pattern: number) => boolean): number;
}

/** Empty patterns are ignored. */
export function createMatcher(patterns: readonly Uint8Array[]): Matcher {
  const size = patterns.reduce((sum, pattern) => sum + pattern.length, 1);
  const root = new Int32Array(256);
  const byte = new Uint8Array(size);
  const child = new Int32Array(size);
  const sibling = new Int32Array(size);
  const fail = new Int32Array(size);
  const depths = new Int32Array(size);
  const pending = new Int32Array(size);
  /** Index + 1 of the longest pattern that ends in a state. */
  const ends = new Int32Array(size);
  let states = 1;

  const step = (state: number, value: number): number => {
    if (state === 0) return root[value] as number;
    let next = child[state] as number;
    while (next !== 0 && byte[next] !== value) next = sibling[next] as number;
    return next;
  };
  const grow = (state: number, value: number): number => {
    const made = states++;
    byte[made] = value;
    depths[made] = (depths[state] as number) + 1;
    if (state === 0) root[value] = made;
    else {
      sibling[made] = child[state] as number;
      child[state] = made;
    }
    return made;
  };
  for (const [index, pattern] of patterns.entries()) {
    let state = 0;
    for (const value of pattern) state = step(state, value) || grow(state, value);
    if (state !== 0 && ends[state] === 0) ends[state] = index + 1;
  }

  /** Where to go on after a mismatch: nearest states first, so that each one's own failure is known before it is used. */
  const queue = new Int32Array(size);
  let tail = 0;
  for (const state of root) if (state !== 0) queue[tail++] = state;
  for (let head = 0; head < tail; head += 1) {
    const state = queue[head] as number;
    pending[state] = (
      child[state] === 0 ? pending[fail[state] as number] : depths[state]
    ) as number;
    for (let next = child[state] as number; next !== 0; next = sibling[next] as number) {
      const value = byte[next] as number;
      let back = fail[state] as number;
      while (back !== 0 && step(back, value) === 0) back = fail[back] as number;
      const target = step(back, value);
      fail[next] = target;
      if (ends[next] === 0) ends[next] = ends[target] as number;
      queue[tail++] = next;
    }
  }

  return {
    longest: patterns.reduce((most, pattern) => Math.max(most, pattern.length), 0),
    pending: (state) => pending[state] as number,
    lengthOf: (pattern) => patterns[pattern]?.length ?? 0,
    scan(data, from, hit) {
      let state = from;
      for (let index = 0; index < data.length; index += 1) {
        const value = data[index] as number;
        if (state === 0) {
          state = root[value] as number;
          if (state === 0) continue;
        } else {
          let next = step(state, value);
          while (next === 0 && state !== 0) {
            state = fail[state] as number;
            next = step(state, value);
          }
          state = next;
        }
        const end = ends[state] as number;
        if (end !== 0 && !hit(index, end - 1)) return state;
      }
      return state;
    },
  };
}

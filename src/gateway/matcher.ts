/**
 * Finds many byte patterns in one pass over a stream (Aho and Corasick, "Efficient string matching", 1975): linear in
 * the data whatever the data is, and its state says how much of the tail could still become a match. Where no pattern
 * can begin it jumps (skip.ts).
 */
import { createSkip } from "./skip.ts";

export interface Matcher {
  /** Bytes of the longest pattern; 0 without patterns. */
  readonly longest: number;
  /** How many of the last bytes seen could be the beginning of a match that is not over yet. */
  pending(state: number): number;
  /** Bytes of a pattern. */
  lengthOf(pattern: number): number;
  /**
   * Reads `data` from `state` (0 at the beginning) and returns the state after it. `hit` hears every occurrence of every
   * pattern, by its last index, longer ones first; returning false stops there. Of equal patterns the first is heard.
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
  /** Index + 1 of the pattern that is exactly what leads to a state. */
  const own = new Int32Array(size);
  /** The state itself, or the nearest shorter one, that has a pattern of its own. */
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
    if (state !== 0 && own[state] === 0) own[state] = index + 1;
  }

  /** Where to go on after a mismatch: nearest states first, so that each one's own failure is known before it is used. */
  const queue = new Int32Array(size);
  let tail = 0;
  for (const state of root) if (state !== 0) queue[tail++] = state;
  for (let head = 0; head < tail; head += 1) {
    const state = queue[head] as number;
    ends[state] = own[state] === 0 ? (ends[fail[state] as number] as number) : state;
    pending[state] = (
      child[state] === 0 ? pending[fail[state] as number] : depths[state]
    ) as number;
    for (let next = child[state] as number; next !== 0; next = sibling[next] as number) {
      const value = byte[next] as number;
      let back = fail[state] as number;
      while (back !== 0 && step(back, value) === 0) back = fail[back] as number;
      fail[next] = step(back, value);
      queue[tail++] = next;
    }
  }

  const skip = createSkip(patterns);
  /** What is read again after a jump is at most half of what was read before it: linear still. */
  const shallow = skip === undefined ? -1 : skip.shortest >> 1;

  return {
    longest: patterns.reduce((most, pattern) => Math.max(most, pattern.length), 0),
    pending: (state) => pending[state] as number,
    lengthOf: (pattern) => patterns[pattern]?.length ?? 0,
    scan(data, from, hit) {
      const { length } = data;
      let state = from;
      let index = 0;
      /** The automaton reads on to here before the next jump. */
      let until = 0;
      for (;;) {
        if (skip !== undefined && index >= until) {
          const depth = depths[state] as number;
          const start = index - depth;
          if (depth <= shallow && start >= 0) {
            const next = skip.next(data, start);
            if (next > start) {
              index = next;
              state = 0;
            }
            until = next + skip.shortest;
          }
        }
        if (index >= length) return state;
        const value = data[index] as number;
        let next = step(state, value);
        while (next === 0 && state !== 0) {
          state = fail[state] as number;
          next = step(state, value);
        }
        state = next;
        for (let end = ends[state] as number; end !== 0; end = ends[fail[end] as number] as number)
          if (!hit(index, (own[end] as number) - 1)) return state;
        index += 1;
      }
    },
  };
}

/**
 * Where one of some short beginnings stands, two bytes at a time: whether it begins at an even place or an odd one, a pair
 * of its first three bytes is where the walk looks.
 */
export interface PairWalk {
  /** The first index from `from` on, and before `end`, at which one could begin; `end` where there is none. */
  next(data: Uint8Array, from: number, end: number): number;
}

const begins = 1;
const beganBefore = 2;

/** The first bytes of each; a third that is not given may be any. `likely` decides what the pairs leave open. */
export function createPairWalk(
  beginnings: readonly Uint8Array[],
  likely: (data: Uint8Array, at: number) => boolean,
): PairWalk {
  // As a little-endian machine reads them: those that Node runs on here are.
  const table = new Uint8Array(0x10000);
  const mark = (first: number, second: number, what: number): void => {
    const pair = first | (second << 8);
    table[pair] = (table[pair] as number) | what;
  };
  for (const [first = 0, second = 0, third] of beginnings) {
    mark(first, second, begins);
    if (third !== undefined) mark(second, third, beganBefore);
    else for (let any = 0; any < 256; any += 1) mark(second, any, beganBefore);
  }
  let seen: Uint8Array | undefined;
  let pairs: Uint16Array = new Uint16Array(0);

  return {
    next(data, from, end) {
      const odd = data.byteOffset & 1;
      if (data !== seen) {
        seen = data;
        const half = Math.max(0, (data.length - odd) >> 1);
        pairs =
          half === 0
            ? new Uint16Array(0)
            : new Uint16Array(data.buffer, data.byteOffset + odd, half);
      }
      // One at the very end, or at an odd one's beginning, has no pair.
      if (from < odd && from < end && likely(data, from)) return from;
      for (let index = (from - odd + 1) >> 1; index < pairs.length; index += 1) {
        const what = table[pairs[index] as number] as number;
        if (what === 0) continue;
        const at = odd + 2 * index;
        if (at > end) break;
        if ((what & beganBefore) !== 0 && at - 1 >= from && likely(data, at - 1)) return at - 1;
        if ((what & begins) !== 0 && at < end && likely(data, at)) return at;
      }
      seen = undefined;
      // What the last byte begins is not a pair yet.
      const last = Math.max(from, odd + 2 * pairs.length - 1);
      for (let at = last; at < end; at += 1) if (likely(data, at)) return at;
      return end;
    },
  };
}

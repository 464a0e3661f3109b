/**
 * Where in some data a pattern could begin at all: most bytes are jumped over (Wu and Manber, "A fast algorithm for
 * multi-pattern searching", 1994). It only ever says too much; the automaton of matcher.ts decides.
 */
import { createPairWalk } from "./pair-walk.ts";

export interface Skip {
  /** Bytes that every pattern has. */
  readonly shortest: number;
  /** The first index from `from` on at which a pattern could begin; near the end, where nothing is known any more. */
  next(data: Uint8Array, from: number): number;
}

/** Below this nothing is gained. */
const least = 4;
/** From here on jumps are worth more than pairs. */
const longJump = 8;
/** Bytes that are looked at together: two leave more to jump, and jump less often. */
const block = 3;
/** More of a pattern's beginning fills the table and jumps no further. */
const most = 24;

/** Undefined where a pattern is too short to jump over anything. */
export function createSkip(patterns: readonly Uint8Array[]): Skip | undefined {
  const lengths = patterns.map((pattern) => pattern.length).filter((length) => length > 0);
  const shortest = Math.min(most, ...lengths);
  if (lengths.length === 0 || shortest < least) return undefined;
  if (shortest < longJump)
    return createPairSkip(
      patterns.filter(({ length }) => length > 0),
      shortest,
    );
  const full = patterns.filter((pattern) => pattern.length > 0);
  const jumps = new Uint8Array(0x10000).fill(shortest - block + 1);
  for (const pattern of full) {
    for (let end = block - 1; end < shortest; end += 1) {
      const key = keyOf(pattern, end);
      jumps[key] = Math.min(jumps[key] as number, shortest - 1 - end);
    }
  }
  return {
    shortest,
    next(data, from) {
      let end = from + shortest - 1;
      for (let jump = 1; end < data.length; end += jump) {
        jump = jumps[keyOf(data, end)] as number;
        if (jump === 0) break;
      }
      return Math.min(end - shortest + 1, data.length);
    },
  };
}

/** For short patterns, which leave little to jump: a walk by pairs, and the first four bytes. */
function createPairSkip(patterns: readonly Uint8Array[], shortest: number): Skip {
  const known = new Uint8Array(0x10000);
  for (const pattern of patterns) known[keyOf(pattern, 2) ^ ((pattern[3] as number) << 3)] = 1;
  const walk = createPairWalk(
    patterns.map((pattern) => pattern.subarray(0, 3)),
    (data, at) => known[keyOf(data, at + 2) ^ ((data[at + 3] as number) << 3)] === 1,
  );
  return {
    shortest,
    next(data, from) {
      const end = data.length - least + 1;
      return from >= end ? Math.min(from, data.length) : walk.next(data, from, end);
    },
  };
}

/** Sixteen bits of three bytes: text keeps its differences in the low bits of each. */
function keyOf(data: Uint8Array, end: number): number {
  return (
    (((data[end - 2] as number) << 10) ^ ((data[end - 1] as number) << 5) ^ (data[end] as number)) &
    0xffff
  );
}

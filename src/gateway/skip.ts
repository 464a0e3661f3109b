/**
 * Where in some data a pattern could begin at all: most bytes are jumped over (Wu and Manber, "A fast algorithm for
 * multi-pattern searching", 1994). It only ever says too much; the automaton of matcher.ts decides.
 */
export interface Skip {
  /** Bytes that every pattern has. */
  readonly shortest: number;
  /** The first index from `from` on at which a pattern could begin; near the end, where nothing is known any more. */
  next(data: Uint8Array, from: number): number;
}

/** Below this nothing is gained. */
const least = 4;
/** More of a pattern's beginning fills the table and jumps no further. */
const most = 24;

/** Undefined where a pattern is too short to jump over anything. */
export function createSkip(patterns: readonly Uint8Array[]): Skip | undefined {
  const lengths = patterns.map((pattern) => pattern.length).filter((length) => length > 0);
  const shortest = Math.min(most, ...lengths);
  if (lengths.length === 0 || shortest < least) return undefined;
  // Three bytes tell more than two, but leave less to jump.
  const block = shortest < 6 ? 2 : 3;
  const jumps = new Uint8Array(0x10000).fill(shortest - block + 1);
  for (const pattern of patterns) {
    for (let end = block - 1; end < Math.min(shortest, pattern.length); end += 1) {
      const key = block === 2 ? two(pattern, end) : three(pattern, end);
      jumps[key] = Math.min(jumps[key] as number, shortest - 1 - end);
    }
  }
  // Written twice: the engine inlines a key it knows.
  return {
    shortest,
    next:
      block === 2
        ? (data, from) => {
            let end = from + shortest - 1;
            for (let jump = 1; end < data.length; end += jump) {
              jump = jumps[two(data, end)] as number;
              if (jump === 0) break;
            }
            return Math.min(end - shortest + 1, data.length);
          }
        : (data, from) => {
            let end = from + shortest - 1;
            for (let jump = 1; end < data.length; end += jump) {
              jump = jumps[three(data, end)] as number;
              if (jump === 0) break;
            }
            return Math.min(end - shortest + 1, data.length);
          },
  };
}

function two(data: Uint8Array, end: number): number {
  return ((data[end - 1] as number) << 8) | (data[end] as number);
}

/** Sixteen bits of three bytes: text keeps its differences in the low bits of each. */
function three(data: Uint8Array, end: number): number {
  return (
    (((data[end - 2] as number) << 10) ^ ((data[end - 1] as number) << 5) ^ (data[end] as number)) &
    0xffff
  );
}

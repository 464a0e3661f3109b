/** Whether a pattern could lie across the end of a line at all: most lines of most texts need not be joined. */

export interface Breaks {
  /** `edge` is the index after the last byte of a line, `next` that of the first of the line after it. */
  across(bytes: Uint8Array, edge: number, next: number): boolean;
}

/** By three bytes that stand together in some pattern; it only ever says too much. */
export function createBreaks(patterns: readonly Uint8Array[]): Breaks {
  const known = new Uint32Array(0x10000 / 32);
  for (const pattern of patterns) {
    for (let at = 2; at < pattern.length; at += 1) {
      const key = keyOf(pattern[at - 2], pattern[at - 1], pattern[at]);
      known[key >> 5] = (known[key >> 5] as number) | (1 << (key & 31));
    }
  }
  const has = (key: number): boolean => (((known[key >> 5] as number) >>> (key & 31)) & 1) === 1;
  return {
    // Of three bytes or more, two are on one side.
    across: (bytes, edge, next) =>
      has(keyOf(bytes[edge - 2], bytes[edge - 1], bytes[next])) ||
      has(keyOf(bytes[edge - 1], bytes[next], bytes[next + 1])),
  };
}

/** Sixteen bits of three bytes: text keeps its differences in the low bits of each. */
function keyOf(first = 0, second = 0, third = 0): number {
  return ((first << 10) ^ (second << 5) ^ third) & 0xffff;
}

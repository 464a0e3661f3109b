/** A delta applied to its base (gitformat-pack(5), "Deltified representation"). */
import { GitFormatError } from "./pkt-line.ts";

/** The size of the object that a delta makes, without making it. */
export function deltaResultSize(delta: Buffer): number {
  return readSizes(delta).result;
}

/** Throws `GitFormatError` for a delta of another base, and for one that makes more or less than it says. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const sizes = readSizes(delta);
  if (sizes.base !== base.length) throw broken();
  const result = Buffer.alloc(sizes.result);
  let made = 0;
  let at = sizes.end;
  while (at < delta.length) {
    const order = delta[at++] as number;
    if (order === 0) throw broken();
    if (order < 128) {
      if (at + order > delta.length || made + order > result.length) throw broken();
      delta.copy(result, made, at, at + order);
      at += order;
      made += order;
      continue;
    }
    // Bits 0 to 3 say which bytes of the offset are there, bits 4 to 6 which of the size; little-endian.
    let offset = 0;
    let size = 0;
    for (let bit = 0; bit < 7; bit += 1) {
      if ((order & (1 << bit)) === 0) continue;
      if (at >= delta.length) throw broken();
      const byte = delta[at++] as number;
      if (bit < 4) offset += byte * 2 ** (8 * bit);
      else size += byte * 2 ** (8 * (bit - 4));
    }
    if (size === 0) size = 0x10000;
    if (offset + size > base.length || made + size > result.length) throw broken();
    base.copy(result, made, offset, offset + size);
    made += size;
  }
  if (made !== result.length) throw broken();
  return result;
}

function readSizes(delta: Buffer): {
  readonly base: number;
  readonly result: number;
  readonly end: number;
} {
  let at = 0;
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = delta[at++];
      if (byte === undefined || factor > 2 ** 42) throw broken();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  return { base: size(), result: size(), end: at };
}

function broken(): GitFormatError {
  return new GitFormatError("a delta does not fit its base");
}

/** Deltas: what is made of one is what a plain reader makes of it. The first byte says how long the base is. */
import { applyDelta, deltaResultSize } from "../../../src/credentials/git/delta.ts";
import { GitFormatError } from "../../../src/credentials/git/pkt-line.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** gitformat-pack(5), "Deltified representation"; undefined for what does not fit. */
function plain(base: Buffer, delta: Buffer): Buffer | undefined {
  let at = 0;
  const number = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = delta[at++];
      if (byte === undefined) return -1n;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  if (number() !== BigInt(base.length)) return undefined;
  const size = number();
  const parts: Buffer[] = [];
  while (at < delta.length) {
    const order = delta[at++] as number;
    if (order === 0) return undefined;
    if (order < 128) {
      parts.push(delta.subarray(at, at + order));
      if (at + order > delta.length) return undefined;
      at += order;
      continue;
    }
    const bytes = [0, 0, 0, 0, 0, 0, 0, 0].map((_zero, bit) =>
      bit < 7 && (order >> bit) % 2 === 1 ? (delta[at++] ?? Number.NaN) : 0,
    );
    if (bytes.some((byte) => Number.isNaN(byte))) return undefined;
    const numbers = Buffer.from(bytes);
    const from = numbers.readUInt32LE(0);
    const length = numbers.readUInt32LE(4) || 0x10000;
    if (from + length > base.length) return undefined;
    parts.push(base.subarray(from, from + length));
  }
  const made = Buffer.concat(parts);
  return BigInt(made.length) === size ? made : undefined;
}

export const deltaTarget: FuzzTarget = {
  name: "delta",
  words: [
    "\x90\x05",
    "\x91\x01\x05",
    "\x05hello",
    "\xff\0\0\0\0\0\0\0",
    "\x80",
    "\x00",
    "\x8a\x01",
  ],
  run(input) {
    const length = Math.min(input[0] ?? 0, Math.max(0, input.length - 1));
    const base = input.subarray(1, 1 + length);
    const delta = input.subarray(1 + length);
    const expected = plain(base, delta);
    let made: Buffer | undefined;
    try {
      // As who applies it: never a result beyond the bound.
      made = deltaResultSize(delta) > 1 << 20 ? undefined : applyDelta(base, delta);
    } catch (error) {
      hold(error instanceof GitFormatError, `threw ${String(error)}`);
    }
    hold(
      made === undefined ? expected === undefined : expected?.equals(made) === true,
      `a plain reader makes ${JSON.stringify(expected?.toString("latin1"))} of it`,
    );
  },
};

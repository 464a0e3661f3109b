/** DEFLATE and what is around it: all that zlib reads is read, the same, however it was cut. */
import { constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { createInflate } from "../../../src/gateway/inflate/inflate.ts";
import { createUnpack } from "../../../src/gateway/inflate/unpack.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

const most = 1 << 20;

/** What is made before the bound, and how it ended. */
function read(
  create: (out: (piece: Buffer) => void) => { push(part: Uint8Array): "more" | "done" | "bad" },
  input: Buffer,
  step: number,
): { readonly data: Buffer; readonly state: string } {
  const pieces: Buffer[] = [];
  const reader = create((piece) => pieces.push(Buffer.from(piece)));
  let state: "more" | "done" | "bad" = "more";
  for (let at = 0; at < input.length && state !== "bad"; at += step)
    state = reader.push(Buffer.from(input.subarray(at, at + step)));
  return { data: Buffer.concat(pieces), state };
}

/** Undefined for what zlib refuses; a stream that is cut off is read as far as it goes. */
function zlib(input: Buffer, inflate: typeof inflateRawSync): Buffer | undefined {
  try {
    return inflate(input, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most });
  } catch {
    return undefined;
  }
}

const kinds = [
  ["raw", inflateRawSync],
  ["gzip", gunzipSync],
  ["zlib", inflateSync],
] as const;

export const inflateTarget: FuzzTarget = {
  name: "inflate",
  words: [
    "\x1f\x8b\x08\0\0\0\0\0\0\x03",
    "\x78\x9c",
    "\x01\x05\0\xfa\xffhello",
    "\x4b\x04\0",
    "\x03\0",
    "\xed\xc0\x81\0",
    "\0\0\0\xff\xff",
    "\x1f\x8b\x08\x1c",
  ],
  run(input) {
    const plain = read(createInflate, input, Math.max(1, input.length));
    hold(["more", "done", "bad"].includes(plain.state), plain.state);
    for (const [packing, inflate] of kinds) {
      const create = (out: (piece: Buffer) => void): ReturnType<typeof createUnpack> =>
        createUnpack(packing, out);
      const whole = read(create, input, Math.max(1, input.length));
      for (const step of [1, 5]) {
        const cut = read(create, input, step);
        hold(cut.state === whole.state, `${packing} cut by ${step}: ${cut.state}`);
        hold(cut.data.equals(whole.data), `${packing} cut by ${step}: other data`);
      }
      const expected = zlib(input, inflate);
      if (expected === undefined || expected.length === 0) continue;
      // What follows the end is the sender's secret way to say more: nobody reads it, and here it is refused.
      hold(
        whole.data.subarray(0, expected.length).equals(expected),
        `${packing}: zlib makes ${expected.length} bytes of it, not ${whole.data.length}`,
      );
    }
  },
};

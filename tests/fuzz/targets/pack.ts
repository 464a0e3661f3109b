/** Packs with a right checksum: as many objects as it says, each under its id; or refused. */
import { createHash } from "node:crypto";
import { packLimits, readPack } from "../../../src/credentials/git/pack.ts";
import { GitFormatError } from "../../../src/credentials/git/pkt-line.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

const kibi = 1024;
const limits = {
  ...packLimits,
  objects: 1000,
  object: 64 * kibi,
  free: 256 * kibi,
  held: 256 * kibi,
};

export const packTarget: FuzzTarget = {
  name: "pack",
  words: [
    "PACK\0\0\0\x02\0\0\0\x01",
    "\x78\x9c",
    "\x30x\x9c\x03\0\0\0\0\x01",
    "\xe2\x0c",
    "\x72",
    "\xff\xff\xff\x7f",
    "\x90",
    "\x80\x80",
  ],
  /** Of the input only what stands before the checksum, which nobody would guess. */
  async run(input) {
    const sum = createHash("sha1").update(input).digest();
    let count = 0;
    let bytes = 0;
    try {
      await readPack(
        Buffer.concat([input, sum]),
        "sha1",
        ({ id, type, data }) => {
          count += 1;
          bytes += data.length;
          const text = Buffer.from(`${type} ${data.length}\0`, "latin1");
          const expected = createHash("sha1").update(text).update(data).digest("hex");
          hold(id === expected, "an object has another id");
        },
        limits,
      );
    } catch (error) {
      hold(error instanceof GitFormatError, `threw ${String(error)}`);
      return hold(bytes <= limits.free + limits.ratio * (input.length + 20), "it made too much");
    }
    hold(count === input.readUInt32BE(8), "it read another number of objects");
  },
};

/**
 * Undoes DEFLATE (RFC 1951) as it comes, a part at a time, and at once: the engine's own way answers later, from another
 * thread, or must have all of it. What it cannot read it says; sums at the end are not checked, for they hide nothing.
 */
import { BitInput } from "./bit-input.ts";
import { madeOnce } from "../made-once.ts";
import { createHuffman } from "./huffman.ts";
import type { Huffman } from "./huffman.ts";

export interface Inflate {
  /** Takes a part, which must stay as it is until the next. */
  push(part: Uint8Array): "more" | "done" | "bad";
  /** What came after the end. */
  rest(): Uint8Array;
}

const windowSize = 32 * 1024;
const firstRoom = 4 * 1024;
const roomSize = 4 * windowSize;
/** The longest match. */
const longestCopy = 258;

/** RFC 1951 section 3.2.5. */
const lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const lengthBits = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const distanceBases = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
/** Section 3.2.7: the order of the lengths of the code for lengths. */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

type Codes = readonly [literals: Huffman, distances: Huffman];

/** What a step came to; `short`: nothing was taken, more input is needed. */
type Step = "on" | "short" | "bad";

/** `out` hears pieces that are valid until the next. */
export function createInflate(out: (piece: Buffer) => void): Inflate {
  const input = new BitInput();
  /** Most of what is tried is over soon: it grows. */
  let room = Buffer.allocUnsafeSlow(firstRoom);
  /** Where the next byte goes, and from where on nobody has heard. */
  let at = 0;
  let told = 0;
  /** Bytes ever made, up to a window: how far back a copy may reach. */
  let known = 0;
  let phase: "block" | "stored" | "codes" | "done" | "bad" = "block";
  let stored = 0;
  let final = false;
  let codes: Codes | undefined;

  const tell = (): void => {
    if (at > told) out(room.subarray(told, at));
    told = at;
  };
  const makeRoom = (): void => {
    if (at + longestCopy <= room.length) return;
    if (room.length < roomSize) {
      const larger = Buffer.allocUnsafeSlow(room.length * 2);
      room.copy(larger, 0, 0, at);
      room = larger;
      return;
    }
    tell();
    room.copyWithin(0, at - windowSize, at);
    at = windowSize;
    told = windowSize;
  };

  const block = (): Step => {
    if (!input.has(3)) return "short";
    final = input.take(1) === 1;
    const kind = input.take(2);
    if (kind === 0) return storedBlock();
    if (kind === 3) return "bad";
    if (kind === 1) {
      codes = fixedOnce();
    } else {
      const read = dynamicCodes(input);
      if (read === "short" || read === "bad") return read;
      codes = read;
    }
    phase = "codes";
    return "on";
  };

  const storedBlock = (): Step => {
    input.align();
    if (!input.has(32)) return "short";
    stored = input.take(16);
    if ((input.take(16) ^ 0xffff) !== stored) return "bad";
    phase = "stored";
    return "on";
  };

  const copyStored = (): Step => {
    while (stored > 0) {
      makeRoom();
      const taken = input.copy(room, at, Math.min(stored, room.length - at));
      if (taken === 0) return "short";
      at += taken;
      known = Math.min(windowSize, known + taken);
      stored -= taken;
    }
    phase = final ? "done" : "block";
    return "on";
  };

  /** One literal or copy. */
  const symbol = (literals: Huffman, distances: Huffman): Step => {
    input.fill();
    const literal = literals.read(input.peek());
    if (literal === 0) return input.has(15) ? "bad" : "short";
    if (!input.has(literal & 15)) return "short";
    input.drop(literal & 15);
    const value = literal >>> 4;
    if (value < 256) {
      room[at++] = value;
      if (known < windowSize) known += 1;
      return "on";
    }
    if (value === 256) {
      phase = final ? "done" : "block";
      return "on";
    }
    const base = lengthBases[value - 257];
    if (base === undefined) return "bad";
    const more = lengthBits[value - 257] as number;
    if (!input.has(more)) return "short";
    const length = base + input.take(more);
    input.fill();
    const distance = distances.read(input.peek());
    if (distance === 0) return input.has(15) ? "bad" : "short";
    if (!input.has(distance & 15)) return "short";
    input.drop(distance & 15);
    const from = distanceBases[distance >>> 4];
    if (from === undefined) return "bad";
    const bits = Math.max(0, ((distance >>> 4) >> 1) - 1);
    if (!input.has(bits)) return "short";
    const back = from + input.take(bits);
    if (back > known) return "bad";
    if (back >= length) room.copyWithin(at, at - back, at - back + length);
    else
      for (let index = at; index < at + length; index += 1)
        room[index] = room[index - back] as number;
    at += length;
    known = Math.min(windowSize, known + length);
    return "on";
  };

  const step = (): Step => {
    if (phase === "block") return block();
    if (phase === "stored") return copyStored();
    makeRoom();
    const [literals, distances] = codes as Codes;
    return symbol(literals, distances);
  };

  return {
    push(part) {
      input.push(part);
      while (phase !== "done" && phase !== "bad") {
        input.mark();
        const came = step();
        if (came === "bad") phase = "bad";
        if (came !== "short") continue;
        // A stored block is taken as it comes; of all else nothing was taken.
        if (phase !== "stored") input.back();
        break;
      }
      tell();
      if (phase !== "done") input.keep();
      return phase === "done" || phase === "bad" ? phase : "more";
    },
    rest: () => input.rest(),
  };
}

function fixedCodes(): Codes {
  const literals = new Uint8Array(288).fill(8);
  literals.fill(9, 144, 256).fill(7, 256, 280);
  return [createHuffman(literals) as Huffman, createHuffman(new Uint8Array(32).fill(5)) as Huffman];
}

const fixedOnce: () => Codes = madeOnce(fixedCodes);

/** Section 3.2.7. */
function dynamicCodes(input: BitInput): Codes | "short" | "bad" {
  if (!input.has(14)) return "short";
  const literals = input.take(5) + 257;
  const distances = input.take(5) + 1;
  const count = input.take(4) + 4;
  if (literals > 286 || distances > 30) return "bad";
  const lengths = new Uint8Array(19);
  for (let index = 0; index < count; index += 1) {
    if (!input.has(3)) return "short";
    lengths[lengthOrder[index] as number] = input.take(3);
  }
  const code = createHuffman(lengths);
  if (code === undefined) return "bad";
  const all = new Uint8Array(literals + distances);
  for (let index = 0; index < all.length;) {
    input.fill();
    const entry = code.read(input.peek());
    if (entry === 0) return input.has(15) ? "bad" : "short";
    const symbol = entry >>> 4;
    const more = symbol < 16 ? 0 : symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
    if (!input.has((entry & 15) + more)) return "short";
    input.drop(entry & 15);
    if (symbol < 16) {
      all[index++] = symbol;
      continue;
    }
    if (symbol === 16 && index === 0) return "bad";
    const value = symbol === 16 ? (all[index - 1] as number) : 0;
    const times = input.take(more) + (symbol === 18 ? 11 : 3);
    if (index + times > all.length) return "bad";
    all.fill(value, index, index + times);
    index += times;
  }
  const first = createHuffman(all.subarray(0, literals));
  const second = createHuffman(all.subarray(literals));
  if (first === undefined || second === undefined || all[256] === 0) return "bad";
  return [first, second];
}

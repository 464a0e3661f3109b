/** Sees where something compressed begins within other data: a file in a form, an object of git, gzip in base64. */
import { madeOnce } from "./made-once.ts";
import { createPairWalk } from "./pair-walk.ts";
import type { PairWalk } from "./pair-walk.ts";
import { createBase64Reader } from "./inflate/base64-reader.ts";
import { deflateLook, looksDeflated } from "./inflate/looks-deflated.ts";
import { createUnpack } from "./inflate/unpack.ts";
import type { Packing, Unpack } from "./inflate/unpack.ts";

/** Reads what begins at a place, from there on. */
export type Opened = (out: (piece: Buffer) => void) => Unpack;

export interface Sniffer {
  /** Calls `found` for each beginning in `data`; returns how many of its last bytes must come again, before what follows. */
  push(data: Buffer, final: boolean, found: (at: number, opened: Opened) => void): number;
}

interface Sign {
  readonly bytes: Buffer;
  readonly opened: Opened;
  /** Whether what stands at `at` may be a beginning, though the sign is short. */
  readonly likely: (data: Buffer, at: number) => boolean;
}

const unpacked =
  (packing: Packing): Opened =>
  (out) =>
    createUnpack(packing, out);

const inBase64 =
  (packing: Packing): Opened =>
  (out) => {
    const reader = createBase64Reader();
    const unpack = createUnpack(packing, out);
    return {
      push(part) {
        const { bytes, ended } = reader.push(part);
        const state = unpack.push(bytes);
        return ended && state === "more" ? "bad" : state;
      },
    };
  };

/** gzip, and zlib with its four usual heads; both in base64 at its beginning. */
function signs(): readonly Sign[] {
  const binary = (second: number): Sign => ({
    bytes: Buffer.from([0x78, second]),
    opened: unpacked("zlib"),
    likely: (data, at) => looksDeflated(data, at + 2),
  });
  const text = (chars: string, thirds: string): Sign => ({
    bytes: Buffer.from(chars, "latin1"),
    opened: inBase64("zlib"),
    likely: (data, at) =>
      thirds.includes(String.fromCharCode(data[at + 2] ?? 0)) && beginsRun(data, at),
  });
  const always = (): boolean => true;
  return [
    { bytes: Buffer.from([0x1f, 0x8b, 8]), opened: unpacked("gzip"), likely: always },
    ...[0x01, 0x5e, 0x9c, 0xda].map(binary),
    { bytes: Buffer.from("H4sI", "latin1"), opened: inBase64("gzip"), likely: always },
    text("eA", "EFGH"),
    text("eF", "4567"),
    text("eJ", "wxyz"),
    text("eN", "opqr"),
  ];
}

/** Bytes that decide about a beginning. */
const look = deflateLook + 2;
/** Bytes before it that do. */
const before = 3;

interface Known {
  readonly signs: readonly Sign[];
  readonly walk: PairWalk;
}

const knownOnce: () => Known = madeOnce(() => {
  const all = signs();
  const beginnings = all.map(({ bytes }) => bytes.subarray(0, 3));
  return { signs: all, walk: createPairWalk(beginnings, () => true) };
});

export function createSniffer(): Sniffer {
  /** Bytes at the beginning of what comes that were decided about before. */
  let decided = 0;
  const { signs: known, walk } = knownOnce();
  return {
    push(data, final, found) {
      const end = final ? data.length : Math.max(decided, data.length - look);
      for (let at = walk.next(data, decided, end); at < end; at = walk.next(data, at + 1, end))
        for (const { bytes, likely, opened } of known)
          if (begins(data, at, bytes) && likely(data, at)) found(at, opened);
      const from = final ? end : Math.max(0, end - before);
      decided = end - from;
      return data.length - from;
    },
  };
}

function begins(data: Buffer, at: number, sign: Buffer): boolean {
  for (let index = 0; index < sign.length; index += 1)
    if (data[at + index] !== sign[index]) return false;
  return true;
}

/** No character of base64 stands before it but for what ends an escape. */
function beginsRun(data: Buffer, at: number): boolean {
  if (at === 0 || !isBase64(data[at - 1] as number)) return true;
  return data[at - 2] === 0x5c || data[at - 3] === 0x25;
}

function isBase64(byte: number): boolean {
  const lower = byte | 32;
  return (
    (lower >= 97 && lower <= 122) ||
    (byte >= 47 && byte <= 57) ||
    byte === 43 ||
    byte === 45 ||
    byte === 95
  );
}

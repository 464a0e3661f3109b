/** One entry of a pack: its head, and its data as zlib holds it (gitformat-pack(5)). */
import { inflateSync } from "node:zlib";
import { GitFormatError } from "./pkt-line.ts";
import type { ObjectFormat, ObjectType } from "./object-id.ts";
import { idSize } from "./object-id.ts";

export interface PackEntry {
  readonly at: number;
  /** Of the data when inflated. */
  readonly size: number;
  /** Where the zlib stream begins. */
  readonly dataAt: number;
  /** A whole object, or a delta to another entry, by where that begins or by its object's id. */
  readonly holds:
    | { readonly kind: "object"; readonly type: ObjectType }
    | { readonly kind: "offset-delta"; readonly base: number }
    | { readonly kind: "id-delta"; readonly base: string };
}

/** 1 to 4; 6 and 7 are deltas, 0 and 5 are nothing. */
const types: readonly (ObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];

/** `end`: where the pack's checksum begins. */
export function readEntry(pack: Buffer, at: number, end: number, format: ObjectFormat): PackEntry {
  let next = at;
  const byte = (): number => {
    if (next >= end) throw new GitFormatError("the pack ends within an object");
    return pack[next++] as number;
  };
  const first = byte();
  const type = (first >> 4) & 7;
  let size = first & 15;
  let factor = 16;
  for (let more = first; more >= 128; factor *= 128) {
    more = byte();
    size += (more & 127) * factor;
    if (size > Number.MAX_SAFE_INTEGER) throw new GitFormatError("an object has an odd size");
  }
  if (type === 6) {
    let back = byte();
    let distance = back & 127;
    while (back >= 128) {
      back = byte();
      distance = (distance + 1) * 128 + (back & 127);
      if (distance > at) throw outside();
    }
    if (distance === 0 || distance > at) throw outside();
    return { at, size, dataAt: next, holds: { kind: "offset-delta", base: at - distance } };
  }
  if (type === 7) {
    const base = pack.toString("hex", next, next + idSize[format]);
    next += idSize[format];
    if (next > end) throw new GitFormatError("the pack ends within an object");
    return { at, size, dataAt: next, holds: { kind: "id-delta", base } };
  }
  const named = types[type];
  if (named === undefined) throw new GitFormatError("an object of no known type");
  return { at, size, dataAt: next, holds: { kind: "object", type: named } };
}

/** A base that is not in the pack: what is built on it cannot be read. */
export function outside(): GitFormatError {
  return new GitFormatError("the pack builds on an object outside of it");
}

export interface Inflated {
  readonly data: Buffer;
  /** Bytes of the zlib stream. */
  readonly taken: number;
}

/** No more than the size that the entry's head says is ever made; another size is refused. */
export function inflateEntry(pack: Buffer, entry: PackEntry, end: number): Inflated {
  const read = inflate(pack.subarray(entry.dataAt, end), entry.size);
  if (read.data.length !== entry.size) throw new GitFormatError("an object has another size");
  return read;
}

/** What `info: true` adds to the answer; Node's types leave it out. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(data: Buffer, size: number): Inflated {
  try {
    const { buffer, engine } = inflateSync(data, {
      info: true,
      maxOutputLength: size + 1,
      chunkSize: Math.max(64, Math.min(size + 1, 1 << 20)),
    }) as unknown as WithEngine;
    return { data: buffer, taken: engine.bytesWritten };
  } catch {
    throw new GitFormatError("an object cannot be inflated, or is larger than it says");
  }
}

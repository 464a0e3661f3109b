/** Undoes the encodings that are DEFLATE with something around it: gzip (RFC 1952), zlib (RFC 1950), and itself. */
import { createInflate } from "./inflate.ts";
import type { Inflate } from "./inflate.ts";

export type Packing = "gzip" | "zlib" | "raw";

/** Takes a part at a time. */
export interface Unpack {
  /** `bad`: it cannot be read, or something else follows its end; `done`: it may end here. */
  push(part: Uint8Array): "more" | "done" | "bad";
}

/** Names and comments before it are bounded only by this. */
const longestHead = 64 * 1024;

/** Sums and sizes after the end. */
const trailers: Readonly<Record<Packing, number>> = { gzip: 8, zlib: 4, raw: 0 };

/** `out` hears pieces that are valid until the next. */
export function createUnpack(packing: Packing, out: (piece: Buffer) => void): Unpack {
  let phase: "head" | "body" | "trailer" | "over" | "bad" = "head";
  let inflate: Inflate | undefined;
  /** What came of a head or a trailer. */
  let gathered: Buffer = Buffer.alloc(0);
  let members = 0;

  const step = (part: Buffer): Buffer | undefined => {
    if (phase === "body" && inflate !== undefined) {
      const came = inflate.push(part);
      if (came === "more") return undefined;
      phase = came === "done" ? "trailer" : "bad";
      return Buffer.from(inflate.rest());
    }
    if (phase === "over") {
      phase = "bad";
      return undefined;
    }
    gathered = Buffer.concat([gathered, part]);
    const size = phase === "trailer" ? trailers[packing] : headOf(packing, gathered);
    if (size === "bad") phase = "bad";
    else if (size === "short" || gathered.length < size) {
      if (gathered.length > longestHead) phase = "bad";
    } else {
      const rest = gathered.subarray(size);
      gathered = Buffer.alloc(0);
      if (phase === "head") {
        phase = "body";
        inflate = createInflate(out);
        return rest;
      }
      // Another member may follow (RFC 1952 section 2.2), and nothing else.
      phase = packing === "gzip" ? "head" : "over";
      members += 1;
      return rest;
    }
    return undefined;
  };

  return {
    push(part) {
      let left: Buffer | undefined = Buffer.from(part.buffer, part.byteOffset, part.length);
      while (left !== undefined && (left.length > 0 || phase === "body" || phase === "trailer")) {
        if (phase === "bad") return "bad";
        left = step(left);
      }
      if (phase === "bad") return "bad";
      const between = phase === "head" || phase === "over";
      return members > 0 && between && gathered.length === 0 ? "done" : "more";
    },
  };
}

function headOf(packing: Packing, data: Buffer): number | "short" | "bad" {
  if (packing === "raw") return 0;
  return packing === "zlib" ? zlibHead(data) : gzipHead(data);
}

function zlibHead(data: Buffer): number | "short" | "bad" {
  if (data.length < 2) return "short";
  const head = data.readUInt16BE(0);
  // DEFLATE, a whole head, and no preset dictionary.
  return (head & 0x0f00) === 0x0800 && head % 31 === 0 && (head & 0x20) === 0 ? 2 : "bad";
}

function gzipHead(data: Buffer): number | "short" | "bad" {
  if (data.length < 10) return "short";
  const flags = data[3] as number;
  if (data[0] !== 0x1f || data[1] !== 0x8b || data[2] !== 8 || (flags & 0xe0) !== 0) return "bad";
  let at = 10;
  if ((flags & 4) !== 0) {
    if (data.length < at + 2) return "short";
    at += 2 + data.readUInt16LE(at);
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = at > data.length ? -1 : data.indexOf(0, at);
    if (end < 0) return "short";
    at = end + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at > data.length ? "short" : at;
}

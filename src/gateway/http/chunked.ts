/**
 * Chunks (RFC 9112 section 7.1), strictly: at most eight hex digits, CRLF and nothing else. Chunk extensions are
 * refused, since programs disagree on where they end.
 */
import { malformed } from "../refusal.ts";
import type { BodyReader } from "./body-reader.ts";
import { readFields } from "./fields.ts";
import type { Fields } from "./fields.ts";

const cr = 0x0d;
const lf = 0x0a;
const maxTrailer = 8 * 1024;
const maxTrailerFields = 64;

type Part = "size" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailer" | "done";

export function createChunkedReader(): BodyReader {
  let part: Part = "size";
  let digits = 0;
  let left = 0;
  let trailer = "";
  let trailers: Fields | undefined;

  /** One byte outside of chunk data. */
  const step = (byte: number): void => {
    switch (part) {
      case "size": {
        if (byte === cr && digits > 0) {
          part = "size-lf";
          return;
        }
        const value = hexValue(byte);
        if (value < 0 || digits === 8) throw malformed("a chunk has no plain size");
        digits += 1;
        left = left * 16 + value;
        return;
      }
      case "size-lf":
        if (byte !== lf) throw malformed("a chunk size does not end its line");
        part = left === 0 ? "trailer" : "data";
        return;
      case "data-cr":
        if (byte !== cr) throw malformed("a chunk is longer than its size");
        part = "data-lf";
        return;
      case "data-lf":
        if (byte !== lf) throw malformed("a chunk does not end its line");
        part = "size";
        digits = 0;
        return;
      case "trailer":
        trailer += String.fromCharCode(byte);
        if (trailer.length > maxTrailer) throw malformed("its trailer is too long", 431);
        if (trailer === "\r\n") part = "done";
        else if (byte === lf && trailer.endsWith("\r\n\r\n")) {
          trailers = readFields(trailer.slice(0, -4), 0, maxTrailerFields);
          part = "done";
        } else if (byte === lf && !trailer.endsWith("\r\n"))
          throw malformed("its trailer has a bare line feed");
        return;
      case "data":
      case "done":
        return;
    }
  };

  return {
    get done() {
      return part === "done";
    },
    get trailers() {
      return trailers;
    },
    push(chunk, from, data) {
      let index = from;
      while (index < chunk.length && part !== "done") {
        if (part !== "data") {
          step(chunk[index] as number);
          index += 1;
          continue;
        }
        const size = Math.min(left, chunk.length - index);
        left -= size;
        if (left === 0) part = "data-cr";
        const start = index;
        index += size;
        data(chunk.subarray(start, index));
      }
      return index;
    },
  };
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The line before `size` bytes of chunk data. */
export function chunkLine(size: number): string {
  return `${size.toString(16)}\r\n`;
}

/** What ends a chunked body. */
export function lastChunk(trailers: Fields | undefined): string {
  if (trailers === undefined) return "0\r\n\r\n";
  const { names, values } = trailers;
  return `0\r\n${names.map((name, index) => `${name}: ${values[index]}\r\n`).join("")}\r\n`;
}

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

export class ChunkedReader implements BodyReader {
  trailers: Fields | undefined;
  #part: Part = "size";
  #digits = 0;
  #left = 0;
  #trailer = "";

  get done(): boolean {
    return this.#part === "done";
  }

  push(chunk: Buffer, from: number, data: (part: Buffer) => void): number {
    let index = from;
    while (index < chunk.length && this.#part !== "done") {
      if (this.#part !== "data") {
        this.#step(chunk[index] as number);
        index += 1;
        continue;
      }
      const size = Math.min(this.#left, chunk.length - index);
      this.#left -= size;
      if (this.#left === 0) this.#part = "data-cr";
      const start = index;
      index += size;
      data(chunk.subarray(start, index));
    }
    return index;
  }

  /** One byte outside of chunk data. */
  #step(byte: number): void {
    switch (this.#part) {
      case "size": {
        if (byte === cr && this.#digits > 0) {
          this.#part = "size-lf";
          return;
        }
        const value = hexValue(byte);
        if (value < 0 || this.#digits === 8) throw malformed("a chunk has no plain size");
        this.#digits += 1;
        this.#left = this.#left * 16 + value;
        return;
      }
      case "size-lf":
        if (byte !== lf) throw malformed("a chunk size does not end its line");
        this.#part = this.#left === 0 ? "trailer" : "data";
        return;
      case "data-cr":
        if (byte !== cr) throw malformed("a chunk is longer than its size");
        this.#part = "data-lf";
        return;
      case "data-lf":
        if (byte !== lf) throw malformed("a chunk does not end its line");
        this.#part = "size";
        this.#digits = 0;
        return;
      case "trailer":
        this.#readTrailer(byte);
        return;
      case "data":
      case "done":
        return;
    }
  }

  #readTrailer(byte: number): void {
    this.#trailer += String.fromCharCode(byte);
    if (this.#trailer.length > maxTrailer) throw malformed("its trailer is too long", 431);
    if (this.#trailer === "\r\n") this.#part = "done";
    else if (byte === lf && this.#trailer.endsWith("\r\n\r\n")) {
      this.trailers = readFields(this.#trailer.slice(0, -4), 0, maxTrailerFields);
      this.#part = "done";
    } else if (byte === lf && !this.#trailer.endsWith("\r\n"))
      throw malformed("its trailer has a bare line feed");
  }
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** What ends a chunked body. */
export function lastChunk(trailers: Fields | undefined): string {
  if (trailers === undefined) return "0\r\n\r\n";
  const { names, values } = trailers;
  return `0\r\n${names.map((name, index) => `${name}: ${values[index]}\r\n`).join("")}\r\n`;
}

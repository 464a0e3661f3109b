/** Finds a body in a stream of bytes: hands its data on, and knows where it ends. */
import { createChunkedReader } from "./chunked.ts";
import type { Fields } from "./fields.ts";
import { chunked, untilClose } from "./framing.ts";
import type { Framing } from "./framing.ts";

export interface BodyReader {
  /** The body is complete. */
  readonly done: boolean;
  /** What came after it. */
  readonly trailers: Fields | undefined;
  /** Hands the body's bytes in `chunk` from `from` on to `data`; returns the index behind the last byte it took. */
  push(chunk: Buffer, from: number, data: (part: Buffer) => void): number;
}

/** A reader for one body. Throws a Refusal from `push` where the body is not well-formed. */
export function createBodyReader(framing: Framing): BodyReader {
  if (framing === chunked) return createChunkedReader();
  return createLengthReader(framing === untilClose ? Number.POSITIVE_INFINITY : framing);
}

function createLengthReader(length: number): BodyReader {
  let left = length;
  return {
    get done() {
      return left === 0;
    },
    trailers: undefined,
    push(chunk, from, data) {
      const size = Math.min(left, chunk.length - from);
      if (size > 0) {
        left -= size;
        data(from === 0 && size === chunk.length ? chunk : chunk.subarray(from, from + size));
      }
      return from + size;
    },
  };
}

/** `node:http2` where it is used first: it takes some 5 ms to load, which no start of a bottle should wait for. */
import type * as Http2 from "node:http2";

export function http2(): typeof Http2 {
  return process.getBuiltinModule("node:http2");
}

/** Error codes of RFC 9113 section 7. */
export const errorCode = { none: 0, internal: 2, refused: 7, cancel: 8, calm: 11 } as const;

/** RFC 9113 section 6.2. */
export const endStreamFlag = 1;

/** How a body's end is found (RFC 9112 section 6), from a head with exactly one way to read it. */
import { malformed } from "../refusal.ts";
import type { Fields } from "./fields.ts";

/** A body's length in bytes, or one of the two marks below. */
export type Framing = number;
/** The body comes in chunks. */
export const chunked: Framing = -1;
/** The body ends with the connection; only answers can. */
export const untilClose: Framing = -2;

/** What the fields say of a body's end: undefined where they say nothing. */
export function declaredFraming(fields: Fields): Framing | undefined {
  let framing: Framing | undefined;
  for (let index = 0; index < fields.size; index += 1) {
    const lower = fields.lowers[index];
    if (lower !== "content-length" && lower !== "transfer-encoding") continue;
    if (framing !== undefined) throw malformed("its body has more than one length");
    const value = fields.values[index] as string;
    framing = lower === "content-length" ? length(value) : coding(value);
  }
  return framing;
}

/** One decimal number that stays exact. */
function length(value: string): Framing {
  if (!/^\d{1,15}$/.test(value)) throw malformed("its content-length is not one number");
  return Number(value);
}

/** Nothing but chunks: any other coding, or a list, is read differently by different programs. */
function coding(value: string): Framing {
  if (value !== "chunked") throw malformed("its transfer-encoding is not exactly chunked");
  return chunked;
}

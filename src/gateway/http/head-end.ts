/** Finds the end of a head in bytes that may still be arriving. */
import { malformed } from "../refusal.ts";

const emptyLine: Buffer = Buffer.from("\r\n\r\n");
const lf = 0x0a;
const cr = 0x0d;

/**
 * The index of the empty line, or -1 while it has not come. Refuses a head that is too long, and one that can
 * never be right, at once instead of waiting for more of it. The first `looked` bytes were looked at before: a head that
 * comes byte by byte must not be read from its beginning each time.
 */
export function findHeadEnd(bytes: Buffer, limit: number, looked = 0): number {
  const end = bytes.indexOf(emptyLine, Math.max(0, looked - 3));
  if (end > limit || (end < 0 && bytes.length > limit))
    throw malformed("its head is too long", 431);
  if (end >= 0) return end;
  for (let at = bytes.indexOf(lf, looked); at >= 0; at = bytes.indexOf(lf, at + 1))
    if (at === 0 || bytes[at - 1] !== cr) throw malformed("a line ends without CRLF");
  return -1;
}

/** Whether a request can begin with this byte; a TLS greeting or an empty line cannot. */
export function beginsRequest(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

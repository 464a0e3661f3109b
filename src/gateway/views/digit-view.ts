/** Reads hex in any case and with whatever stands between its bytes, and lists of decimal bytes. */
import { hexDigit } from "./escapes.ts";
import type { Reading, Source, UseRegion, ViewOptions } from "./reading.ts";

/** Bytes that may stand between two digits, one after the other. */
const longestGap = 6;

const digit = 1;
const gap = 2;
const comma = 0x2c;
const bracket = 0x5b;

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of "0123456789abcdefABCDEF") table[char.charCodeAt(0)] = digit;
  for (const char of " :,-_.|;+xX\t\r\n") table[char.charCodeAt(0)] = gap;
  return table;
}

/** Makes the view, with its table; `shortest` in digits. */
export function createDigitView(
  shortest: number,
): (source: Source, options: ViewOptions, reading: Reading, use: UseRegion) => boolean {
  const kinds = classes();
  return (source, { final, reach }, reading, use) => {
    const { bytes } = source;
    const size = bytes.length;
    let done = 0;
    const region = (begin: number, end: number, open: boolean): boolean => {
      const worth = worthIt(bytes, begin, end, kinds, shortest);
      if (!open && !worth) return true;
      // What could go on is in the tail.
      const start = worth ? begin : Math.max(begin, end - reach * longestGap);
      const separated = readHex(source, start, end, kinds, open, reading);
      if (reading.size >= shortest || open)
        if (!use({ reading, last: open, open: undefined })) return false;
      // A list that was cut, or has only begun.
      const list = separated || (open && (start === 0 || bytes[start - 1] === bracket));
      if (!list) return true;
      const unfinished = readNumbers(source, start, end, open, reading);
      return use({ reading, last: open, open: unfinished });
    };

    // No run of this length is jumped over.
    for (let at = shortest - 1; at < size; at += shortest) {
      if (kinds[bytes[at] as number] === 0) continue;
      let start = at;
      while (start > done && kinds[bytes[start - 1] as number] !== 0) start -= 1;
      let end = at + 1;
      while (end < size && kinds[bytes[end] as number] !== 0) end += 1;
      const open = end === size && !final;
      if ((open || end - start >= shortest) && !region(start, end, open)) return false;
      done = end;
      at = end;
    }
    if (final || done === size) return true;
    // What the source ends in may go on.
    let start = size;
    const least = Math.max(done, size - reach * longestGap);
    while (start > least && kinds[bytes[start - 1] as number] !== 0) start -= 1;
    return start === size || region(start, size, true);
  };
}

/** Digits enough, and not only as they are found without this view. */
function worthIt(
  bytes: Uint8Array,
  start: number,
  end: number,
  kinds: Uint8Array,
  shortest: number,
): boolean {
  let digits = 0;
  let upper = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (kinds[byte] === digit) digits += 1;
    // From A to F.
    if (byte >= 0x41 && byte <= 0x46) upper += 1;
  }
  // Of a list, a digit may be a whole byte.
  return digits * 2 >= shortest && (upper > 0 || digits < end - start);
}

/** Digits alone, in lower case; true if commas stand between them. */
function readHex(
  source: Source,
  start: number,
  end: number,
  kinds: Uint8Array,
  open: boolean,
  reading: Reading,
): boolean {
  const { bytes } = source;
  reading.clear(end - start);
  let separated = false;
  let gaps = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (kinds[byte] === digit) {
      gaps = 0;
      reading.add(byte | 32, source, at, at + 1);
      continue;
    }
    if (byte === comma) separated = true;
    gaps += 1;
    // 0x41
    if ((byte | 32) === 0x78 && at > start && bytes[at - 1] === 0x30) reading.drop();
    // A byte that is part of no pattern parts what is too far apart.
    if (gaps === longestGap) reading.add(0xff, source, at, at + 1);
  }
  // A zero at the end may belong to an x.
  if (open && bytes[end - 1] === 0x30 && kinds[bytes[end - 2] ?? 0] !== digit) reading.drop();
  return separated;
}

/** `[115, 107]`: what a buffer is as JSON. Returns where a number begins that is not complete. */
function readNumbers(
  source: Source,
  start: number,
  end: number,
  open: boolean,
  reading: Reading,
): number | undefined {
  const { bytes } = source;
  reading.clear(end - start);
  let first = -1;
  let value = 0;
  for (let at = start; at <= end; at += 1) {
    const byte = at < end ? (bytes[at] as number) : comma;
    if (byte >= 48 && byte <= 57) {
      if (first < 0) {
        first = at;
        value = 0;
      }
      value = Math.min(value * 10 + byte - 48, 1000);
      continue;
    }
    if (first >= 0 && (at < end || !open)) {
      if (value < 256) reading.add(value, source, first, at);
      else reading.add(0xff, source, first, at);
      first = -1;
    }
    // Letters and dots part numbers that are no bytes.
    if (at < end && (hexDigit(byte) >= 10 || byte === 0x2e)) reading.add(0xff, source, at, at + 1);
  }
  return first >= 0 ? first : undefined;
}

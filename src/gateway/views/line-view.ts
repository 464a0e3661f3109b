/** Joins base64 that is broken into lines: as MIME (RFC 2045 section 6.8) and PEM (RFC 7468) do, or at any other width. */
import type { Breaks } from "./breaks.ts";
import type { Reading, Source, UseRegion, ViewOptions } from "./reading.ts";

const lf = 10;
const cr = 13;
const backslash = 0x5c;
const equals = 0x3d;

/** Bytes of one break: line ends and the indentation of what follows. */
const longestBreak = 64;

/** 1 for the characters of both alphabets of RFC 4648. */
function alphabet(): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
    table[char.charCodeAt(0)] = 1;
  return table;
}

/** Makes the view, with its table; what cannot lie across one of its `breaks` is found without it. */
export function createLineView(
  shortest: number,
  breaks: Breaks,
): (source: Source, options: ViewOptions, reading: Reading, use: UseRegion) => boolean {
  const base64 = alphabet();

  /** The length of one line end at `at`, also of one written `\n`, or at the end of what is known, of half of it. */
  const lineEnd = (bytes: Uint8Array, at: number, final: boolean): number => {
    const byte = bytes[at];
    if (byte === lf || byte === cr) return 1;
    if (byte !== backslash && byte !== equals) return 0;
    if (at + 1 === bytes.length) return final ? 0 : 1;
    const next = bytes[at + 1] as number;
    if (byte === equals) return next === lf || next === cr ? 1 : 0;
    return next === 0x6e || next === 0x72 ? 2 : 0;
  };

  /** The index after line ends and indentation; `at` itself where no line ends. */
  const afterBreak = (bytes: Uint8Array, at: number, final: boolean): number => {
    let index = at;
    let ended = false;
    while (index < bytes.length && index - at < longestBreak) {
      const length = lineEnd(bytes, index, final);
      if (length > 0) ended = true;
      else if (!ended || (bytes[index] !== 32 && bytes[index] !== 9)) break;
      index += Math.max(length, 1);
    }
    return ended ? Math.min(index, bytes.length) : at;
  };

  const isBase64 = (bytes: Uint8Array, at: number): boolean => base64[bytes[at] as number] === 1;

  const before = (bytes: Uint8Array, at: number, least: number): number => {
    let index = at;
    while (index > least && base64[bytes[index - 1] as number] === 1) index -= 1;
    return index;
  };

  return (source, { final, reach, marks }, reading, use) => {
    const { bytes } = source;
    const size = bytes.length;
    let done = 0;
    for (let mark = 0; mark < marks.count; mark += 1) {
      const at = marks.at[mark] as number;
      if (at < done) continue;
      if (lineEnd(bytes, at, final) === 0) continue;
      // A quoted-printable line ends in `=`.
      const edge = at > done && bytes[at - 1] === equals ? at - 1 : at;
      if (edge === done || !isBase64(bytes, edge - 1)) continue;
      let index = afterBreak(bytes, edge, final);
      if (index < size && !isBase64(bytes, index)) continue;
      // The line after it has an end of its own, which is looked at then.
      if (edge - 2 >= done && isBase64(bytes, edge - 2) && isBase64(bytes, index + 1))
        if (!breaks.across(bytes, edge, index)) continue;
      const start = before(bytes, edge, Math.max(done, edge - reach));
      let end = edge;
      let count = edge - start;
      // Of lines of one character each, more of them stand together.
      let across = edge - start < 2;
      while (index < size && base64[bytes[index] as number] === 1) {
        const first = index;
        while (index < size && base64[bytes[index] as number] === 1) index += 1;
        across ||= index - first < 2 || breaks.across(bytes, end, first);
        count += index - first;
        end = index;
        index = afterBreak(bytes, index, final);
      }
      const last = index >= size && !final;
      if (end > edge || last) {
        if (last) end = size;
        if (last || (across && count >= shortest)) {
          join(source, start, end, base64, reading, (from) => afterBreak(bytes, from, final));
          if (!use({ reading, last, open: undefined })) return false;
        }
        done = end;
      }
    }
    return true;
  };
}

function join(
  source: Source,
  start: number,
  end: number,
  base64: Uint8Array,
  reading: Reading,
  afterBreak: (at: number) => number,
): void {
  reading.clear(end - start);
  for (let at = start; at < end;) {
    const byte = source.bytes[at] as number;
    const next = base64[byte] === 1 ? at : afterBreak(at);
    if (next > at) {
      at = next;
      continue;
    }
    reading.add(byte, source, at, at + 1);
    at += 1;
  }
}

/**
 * Searches data for values however they are written: as the forms of encodings.ts, and as the views of views/ read it,
 * up to three of them one within the other. What is found has its place in the data.
 */
import { encodedForms, longestValue, shortestEncoded } from "./encodings.ts";
import { madeOnce } from "./made-once.ts";
import { createMatcher } from "./matcher.ts";
import { createDigitView } from "./views/digit-view.ts";
import { viewEscapes } from "./views/escape-view.ts";
import { backslashEscapes, htmlEscapes, percentEscapes, quotedEscapes } from "./views/escapes.ts";
import { createBreaks } from "./views/breaks.ts";
import { createLineView } from "./views/line-view.ts";
import { createMarkFinder, kindOf } from "./views/marks.ts";
import { placeOf, Reading } from "./views/reading.ts";
import type { Region, Source } from "./views/reading.ts";

/** Hears an occurrence of a value (by its index) from `from` to before `to`; false ends the search. */
export type Found = (value: number, from: number, to: number) => boolean;

export interface Search {
  /**
   * Looks at all of `data`. Returns the index from which on it could be the beginning of something that goes on: its
   * length where it could not, or where nothing goes on (`final`).
   */
  look(data: Buffer, final: boolean, found: Found): number;
}

/** Data is looked at in blocks, so that what views make of it stays small. */
const blockSize = 64 * 1024;

/** Encodings within each other. */
const deepest = 3;

const families = [percentEscapes, backslashEscapes, htmlEscapes, quotedEscapes];

/** What has a meaning in another encoding, or stands between hex digits. */
const meaningful = "%\\&=#;{}\r\n:, []";

/** Its tables are made at the first look: a start makes several searches, and the first requests need few of them. */
export function createSearch(values: readonly string[]): Search {
  const made = madeOnce(() => makeSearch(values));
  return { look: (data, final, found) => made().look(data, final, found) };
}

function makeSearch(values: readonly string[]): Search {
  const { forms, owners } = formsOf(values);
  const matcher = createMatcher(forms);
  const reach = matcher.longest;
  const sought = bytesOf(forms, "\\");
  const relevant = bytesOf(forms, meaningful);
  const shortest = Math.min(...values.map(bytesToFind).filter((bytes) => bytes >= shortestEncoded));
  const encodes = Number.isFinite(shortest);
  const viewLines = createLineView(shortest, createBreaks(forms));
  // Two digits, or one and a comma, for each byte.
  const viewDigits = createDigitView(2 * shortest - 1);
  const levels = Array.from({ length: deepest }, () => ({
    reading: new Reading(),
    findMarks: createMarkFinder(),
  }));

  const lookAt = (data: Buffer, final: boolean, found: Found): number => {
    let open = data.length;

    const tell = (source: Source, end: number, pattern: number): boolean => {
      const { from, to } = source;
      const first = end + 1 - (forms[pattern] as Buffer).length;
      // What is short stands in any text by accident, once enough of it is decoded.
      const whole = from === undefined || to === undefined;
      const place = whole ? first : (from[first] as number);
      const after = whole ? end + 1 : (to[end] as number);
      for (const value of owners[pattern] as readonly number[]) {
        if (!whole && (values[value] as string).length < shortestEncoded) continue;
        if (!found(value, place, after)) return false;
      }
      return true;
    };

    /** False: the search is over. */
    const match = (source: Source, last: boolean, openAt: number | undefined): boolean => {
      let going = true;
      const state = matcher.scan(source.bytes, 0, (end, pattern) => {
        going = tell(source, end, pattern);
        return going;
      });
      if (last && going) {
        const size = source.bytes.length;
        if (openAt !== undefined) open = Math.min(open, openAt);
        const pending = matcher.pending(state);
        if (pending > 0) open = Math.min(open, placeOf(source, size - pending, size));
      }
      return going;
    };

    const views = (source: Source, level: number, ends: boolean): boolean => {
      const own = levels[level];
      if (own === undefined) return true;
      const { reading } = own;
      const marks = own.findMarks(source.bytes);
      const options = { final: ends, reach, relevant, marks, sought };
      const use = ({ last, open: openAt }: Region): boolean => {
        const place =
          openAt === undefined ? undefined : placeOf(source, openAt, source.bytes.length);
        return match(reading.source(), last && !ends, place);
      };
      // What was escaped may be encoded once more; digits and lines hold nothing else.
      const useEscaped = (region: Region): boolean =>
        use(region) && views(reading.source(), level + 1, ends || !region.last);
      for (const family of families) {
        if ((marks.kinds & kindOf(family.lead)) === 0) continue;
        if (!viewEscapes(family, source, options, reading, useEscaped)) return false;
      }
      return viewLines(source, options, reading, use) && viewDigits(source, options, reading, use);
    };

    const whole: Source = { bytes: data, from: undefined, to: undefined };
    if (match(whole, !final, undefined) && encodes) views(whole, 0, final);
    return final ? data.length : open;
  };

  return {
    look(data, final, found) {
      const size = Math.max(blockSize, 16 * reach);
      let going = true;
      let start = 0;
      let end = 0;
      while (end < data.length && going) {
        end = Math.min(data.length, Math.max(start, end) + size);
        const base = start;
        const last = end === data.length;
        const block = last && start === 0 ? data : data.subarray(start, end);
        const open = lookAt(block, final && last, (value, from, to) => {
          going = found(value, base + from, base + to);
          return going;
        });
        start += open;
      }
      return start;
    },
  };
}

/** Forms without repeats, and for each the values it is a form of. */
function formsOf(values: readonly string[]): {
  readonly forms: readonly Buffer[];
  readonly owners: readonly (readonly number[])[];
} {
  const byText = new Map<string, { readonly form: Buffer; readonly owners: number[] }>();
  for (const [index, value] of values.entries()) {
    for (const form of encodedForms(value)) {
      const text = form.toString("latin1");
      const known = byText.get(text);
      if (known === undefined) byText.set(text, { form, owners: [index] });
      else known.owners.push(index);
    }
  }
  const all = [...byText.values()];
  return { forms: all.map(({ form }) => form), owners: all.map(({ owners }) => owners) };
}

function bytesToFind(value: string): number {
  return Math.min(Buffer.byteLength(value), longestValue);
}

/** By byte, those of patterns and others; all outside ASCII are one, at 0x80. */
function bytesOf(forms: readonly Buffer[], others: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of others) table[char.charCodeAt(0)] = 1;
  for (const form of forms) for (const byte of form) table[Math.min(byte, 0x80)] = 1;
  return table;
}

/**
 * Looks for values that may not leave, in request heads and bodies, however they are commonly written (docs/scanning.md).
 * Not found: a value spread over requests, encrypted or encoded in a way of one's own, and values of fewer than 8
 * characters, which stand in ordinary text by accident.
 */
import { shortestEncoded } from "./encodings.ts";
import { createKnownTexts } from "./known-texts.ts";
import { createSearch } from "./search.ts";
import type { Search } from "./search.ts";

export interface ScannedValue {
  readonly name: string;
  readonly value: string;
}

export interface ScanStep {
  /** What may go out now. */
  readonly out: Buffer;
  /** The name of a value found; nothing more goes out. */
  readonly hit: string | undefined;
}

export interface ScanStream {
  push(chunk: Buffer): ScanStep;
  /** At the end of what was pushed. */
  flush(): ScanStep;
  /** With what comes last: looked at once. */
  last(chunk: Buffer): ScanStep;
}

export interface Scanner {
  /** The name of the first value found in something whole. */
  find(data: Buffer | string): string | undefined;
  /** What cannot be the beginning of a value goes on at once; a hit is known before any byte of it went out. */
  stream(): ScanStream;
}

/** Prepared once for all values, for scanners that each look for some of them. */
export interface ScanTable<T extends ScannedValue> {
  /** Looks for the values that `wanted` chooses; undefined where there are none. */
  scanner(wanted: (value: T) => boolean): Scanner | undefined;
}

/** The character of base64 before the first that is sure carries bits of a value too. */
const margin = 1;

const nothing: Buffer = Buffer.alloc(0);

export function createScanTable<T extends ScannedValue>(values: readonly T[]): ScanTable<T> {
  const sought = values.filter(({ value }) => value.length >= shortestEncoded);
  const search = createSearch(sought.map(({ value }) => value));
  return {
    scanner(wanted) {
      const names = sought.map((value) => (wanted(value) ? value.name : undefined));
      return names.every((name) => name === undefined) ? undefined : scannerOf(search, names);
    },
  };
}

export function createScanner(values: readonly ScannedValue[]): Scanner {
  return createScanTable(values).scanner(() => true) ?? scannerOf(createSearch([]), []);
}

/** `names` by value; undefined for what is not looked for. */
function scannerOf(search: Search, names: readonly (string | undefined)[]): Scanner {
  const known = createKnownTexts();
  const look = (data: Buffer, final: boolean): { open: number; hit: string | undefined } => {
    let hit: string | undefined;
    const open = search.look(data, final, (value) => {
      hit = names[value];
      return hit === undefined;
    });
    return { open, hit };
  };
  return {
    find(data) {
      if (typeof data !== "string") return look(data, true).hit;
      if (known.has(data)) return undefined;
      const bytes = Buffer.from(data, "latin1");
      // A head's text may hold one character for each byte (latin1) or be decoded: look at it both ways.
      const hit =
        look(bytes, true).hit ?? (isAscii(data) ? undefined : look(Buffer.from(data), true).hit);
      if (hit === undefined) known.add(data);
      return hit;
    },
    stream() {
      let held: Buffer = nothing;
      let hit: string | undefined;
      const step = (chunk: Buffer, final: boolean): ScanStep => {
        if (hit !== undefined) return { out: nothing, hit };
        const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const seen = look(all, final);
        hit = seen.hit;
        if (hit !== undefined) {
          held = nothing;
          return { out: nothing, hit };
        }
        const sure = seen.open === all.length ? all.length : Math.max(0, seen.open - margin);
        held = sure === all.length ? nothing : Buffer.from(all.subarray(sure));
        return { out: all.subarray(0, sure), hit };
      };
      return {
        push: (chunk) => step(chunk, false),
        flush: () => (held.length === 0 ? { out: nothing, hit } : step(nothing, true)),
        last: (chunk) => step(chunk, true),
      };
    },
  };
}

/** Plain text is the same in every encoding. */
function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(text);
}

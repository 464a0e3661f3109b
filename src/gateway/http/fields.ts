/** Header fields in the order they came, each name as it was written and in lower case. */
import { malformed } from "../refusal.ts";
import { all, tokenTable, valueTable } from "./chars.ts";

const colon = 0x3a;
const space = 0x20;
const tab = 0x09;

export class Fields {
  readonly names: string[] = [];
  readonly lowers: string[] = [];
  readonly values: string[] = [];

  get size(): number {
    return this.names.length;
  }

  add(name: string, value: string): void {
    this.names.push(name);
    this.lowers.push(name.toLowerCase());
    this.values.push(value);
  }

  /** The first value of a field, or undefined. */
  first(lower: string): string | undefined {
    const index = this.lowers.indexOf(lower);
    return index < 0 ? undefined : this.values[index];
  }
}

/**
 * Reads field lines from `from` to the end of `text`, each ended by CRLF (RFC 9112 section 5). A fold, a space
 * before the colon, an empty name, a bare CR or LF, and any control byte are refused.
 */
export function readFields(text: string, from: number, limit: number): Fields {
  const fields = new Fields();
  let start = from;
  while (start < text.length) {
    if (fields.size === limit) throw malformed("it has too many header fields", 431);
    const end = text.indexOf("\r\n", start);
    const stop = end < 0 ? text.length : end;
    let mark = start;
    while (mark < stop && tokenTable[text.charCodeAt(mark)] === 1) mark += 1;
    if (mark === start || mark >= stop || text.charCodeAt(mark) !== colon)
      throw malformed("a header field has no plain name");
    let first = mark + 1;
    let last = stop;
    while (first < last && isBlank(text.charCodeAt(first))) first += 1;
    while (last > first && isBlank(text.charCodeAt(last - 1))) last -= 1;
    if (!all(text, first, last, valueTable)) throw malformed("a header field has control bytes");
    fields.add(text.slice(start, mark), text.slice(first, last));
    start = stop + 2;
  }
  return fields;
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

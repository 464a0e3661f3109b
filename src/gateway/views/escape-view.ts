/** Reads escapes: only around those that could be part of something looked for, since texts are full of others. */
import { eachByte, isRelevant, lengthOf, none, partial } from "./escapes.ts";
import type { Escapes } from "./escapes.ts";
import type { Reading, Source, UseRegion, ViewOptions } from "./reading.ts";

export interface EscapeViewOptions extends ViewOptions {
  /** By byte: whether some pattern has it. */
  readonly sought: Uint8Array;
}

/** False: a user ended the search. */
export function viewEscapes(
  escapes: Escapes,
  source: Source,
  options: EscapeViewOptions,
  reading: Reading,
  use: UseRegion,
): boolean {
  const { bytes } = source;
  const { final, reach, marks } = options;
  const size = bytes.length;
  let start = -1;
  let last = -1;
  let open: number | undefined;

  const region = (end: number): boolean => {
    read(escapes, source, start, end, reading);
    return use({ reading, last: open !== undefined || end === size, open });
  };

  let after = 0;
  for (let mark = 0; mark < marks.count; mark += 1) {
    const at = marks.at[mark] as number;
    if (bytes[at] !== escapes.lead || at < after) continue;
    const escape = escapes.decode(bytes, at, size);
    const length = escape > 0 ? lengthOf(escape) : 1;
    after = at + length;
    const waits = escape === partial && !final;
    if (!waits && (escape <= 0 || !matters(escape, length, options))) continue;
    if (start >= 0 && at - last > reach) {
      if (!region(last + reach)) return false;
      start = -1;
    }
    if (start < 0) start = Math.max(0, at - reach);
    last = after;
    if (!waits) continue;
    open = at;
    break;
  }
  return start < 0 || region(open ?? Math.min(size, last + reach));
}

/** Two bytes stand for one that is worth a look only if a pattern has it, or for the backslash of a second escape. */
function matters(escape: number, length: number, options: EscapeViewOptions): boolean {
  return isRelevant(escape, length === 2 ? options.sought : options.relevant);
}

function read(
  escapes: Escapes,
  source: Source,
  start: number,
  end: number,
  reading: Reading,
): void {
  const { bytes } = source;
  reading.clear((end - start) * 2);
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    const escape = byte === escapes.lead ? escapes.decode(bytes, at, bytes.length) : none;
    if (escape <= 0) {
      reading.add(byte, source, at, at + 1);
      at += 1;
      continue;
    }
    const first = at;
    const after = at + lengthOf(escape);
    eachByte(escape, (value) => reading.add(value, source, first, after));
    at = after;
  }
}

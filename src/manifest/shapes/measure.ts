/** Decides whether a token stands at a place; reads each byte of it once, and no more of them than the shape says. */
import type { TokenShape } from "./shape.ts";

/** A shape with its tables. */
export interface MeasuredShape {
  readonly shape: TokenShape;
  readonly body: Uint8Array;
  readonly gap: Uint8Array | undefined;
}

/** `loose`: anything that begins like one. `real`: what is one, and no example. */
export type Measure = "loose" | "real";

const longestGap = 16;

export function measured(shape: TokenShape): MeasuredShape {
  return {
    shape,
    body: tableOf(shape.body),
    gap: shape.gap === undefined ? undefined : tableOf(shape.gap),
  };
}

/** By byte, of characters and ranges such as `a-z`; a dash between what is no range is itself. */
export function tableOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < chars.length; index += 1) {
    const first = chars.charCodeAt(index);
    const end = chars[index + 1] === "-" ? chars.charCodeAt(index + 2) : 0;
    const range = end > first;
    const last = range ? end : first;
    table.fill(1, first, last + 1);
    if (range) index += 2;
  }
  return table;
}

/**
 * Whether a token is in `data` whose beginning stands from `at` to before `after`. `short`: the data ends before that is
 * known, and is not `final`.
 */
export function tokenAt(
  { shape, body, gap }: MeasuredShape,
  data: Buffer,
  at: number,
  after: number,
  measure: Measure,
  final: boolean,
): "yes" | "no" | "short" {
  if (shape.looseOnly === true && measure === "real") return "no";
  if (shape.within !== true && !beginsWord(data, at)) return "no";
  let start = after;
  if (gap !== undefined)
    while (start < data.length && start - after < longestGap && gap[data[start] as number] === 1)
      start += 1;
  const [least, most] = shape.length;
  const enough = measure === "loose" ? shape.loose : least;
  let end = start;
  const limit = Math.min(data.length, start + most + 1);
  while (end < limit && body[data[end] as number] === 1) end += 1;
  if (end === data.length && !final && end - start <= most) return "short";
  if (end - start < enough) return "no";
  const rest = data.toString("latin1", start, end);
  if (measure === "loose") return (shape.looseCheck?.(rest) ?? true) ? "yes" : "no";
  if (end - start > most && shape.endless !== true) return "no";
  if (shape.after !== undefined) {
    const tail = data.toString("latin1", end, end + shape.after.length);
    if (tail.length < shape.after.length && !final && shape.after.startsWith(tail)) return "short";
    if (tail !== shape.after) return "no";
  }
  if (shape.check?.(rest) === false) return "no";
  return shape.endless !== true && isExample(rest) ? "no" : "yes";
}

/** Nothing that reads on stands before it; what an escape ends in does not count. */
function beginsWord(data: Buffer, at: number): boolean {
  const before = at === 0 ? 0 : (data[at - 1] as number);
  if (!isWord(before)) return true;
  if (at >= 2 && data[at - 2] === 0x5c) return "nrtbf".includes(String.fromCharCode(before));
  return (
    at >= 3 && data[at - 3] === 0x25 && /^[0-9a-f]{2}$/i.test(data.toString("latin1", at - 2, at))
  );
}

function isWord(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
}

/** What stands in documentation. Of real tokens fewer than one in a million has any of this. */
function isExample(rest: string): boolean {
  return (
    /example|placeholder|x{6}|0{8}|sample|changeme|redacted|12345678|your[-_]/i.test(rest) ||
    new Set(rest).size < 8
  );
}

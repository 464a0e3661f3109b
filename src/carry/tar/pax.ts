/** Reads the records of a pax head: `length key=value\n`, where the length counts itself (pax, "pax Extended Header File Format"). */
import { TarError } from "./tar-error.ts";

/** What counts of them; the rest (owners, access times, attributes) is nothing that comes back. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
  readonly mtime?: number;
}

/** Bytes of one pax head: long names, and attributes of a file. */
export const maxPax: number = 1024 * 1024;

export const noPax: PaxRecords = {};

export function readPax(content: Buffer): PaxRecords {
  const values = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const [end, key, value] = recordAt(content, at);
    if (values.has(key)) throw new TarError("a pax record that comes twice");
    // A file with holes is told in a map of its own, which nobody here writes.
    if (key.startsWith("GNU.sparse.")) throw new TarError("a file with holes in a form of GNU's");
    values.set(key, value);
    at = end;
  }
  const path = textOf(values, "path");
  const linkpath = textOf(values, "linkpath");
  const size = numberOf(values, "size", /^\d{1,16}$/);
  const mtime = numberOf(values, "mtime", /^-?\d{1,12}(\.\d{0,12})?$/);
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { linkpath }),
    ...(size === undefined ? {} : { size }),
    ...(mtime === undefined ? {} : { mtime }),
  };
}

function recordAt(content: Buffer, at: number): readonly [end: number, key: string, value: string] {
  const digits = /^([1-9]\d{0,6}) /.exec(content.toString("latin1", at, at + 8))?.[1];
  const end = at + Number(digits ?? Number.NaN);
  const text = content.toString("latin1", at + (digits?.length ?? 0) + 1, end - 1);
  const cut = text.indexOf("=");
  if (digits === undefined || end > content.length || content[end - 1] !== 10 || cut < 1)
    throw new TarError("a pax record that is none");
  return [end, text.slice(0, cut), text.slice(cut + 1)];
}

function textOf(values: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = values.get(key);
  if (value === "" || value?.includes("\0") === true)
    throw new TarError(`a pax record of no ${key}`);
  return value;
}

function numberOf(
  values: ReadonlyMap<string, string>,
  key: string,
  form: RegExp,
): number | undefined {
  const value = values.get(key);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!form.test(value) || Math.abs(number) > Number.MAX_SAFE_INTEGER)
    throw new TarError(`a pax record whose ${key} is no number`);
  return number;
}

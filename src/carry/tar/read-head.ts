/** Reads one head of an archive that is hostile: what is not just as the standard has it is refused. */
import { fields, magic, sumOf } from "./format.ts";
import type { EntryKind } from "./format.ts";
import type { PaxRecords } from "./pax.ts";
import { TarError } from "./tar-error.ts";

/** As a head has it, before anything of it is believed. */
export interface RawHead {
  readonly type: string;
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  readonly size: number;
  readonly modified: number;
}

const kinds: Readonly<Record<string, EntryKind>> = {
  "\0": "file",
  "0": "file",
  "1": "hard-link",
  "2": "link",
  "3": "other",
  "4": "other",
  "5": "folder",
  "6": "other",
};

export function kindOf(type: string): EntryKind {
  const kind = kinds[type];
  if (kind === undefined) throw new TarError(`an entry of the type ${JSON.stringify(type)}`);
  return kind;
}

/** `pax`: what was said before the head and counts more. */
export function readHead(head: Buffer, pax: PaxRecords): RawHead {
  // GNU's own magic comes with ways of its own to say long names and holes; no daemon writes it.
  if (textAt(head, "magic", true) !== magic) throw new TarError("no head of an archive");
  if (octalAt(head, "sum") !== sumOf(head)) throw new TarError("a head with a wrong sum");
  const prefix = textAt(head, "prefix");
  const name = textAt(head, "name");
  return {
    type: head.toString("latin1", fields.type[0], fields.type[0] + 1),
    name: pax.path ?? (prefix === "" ? name : `${prefix}/${name}`),
    linkName: pax.linkpath ?? textAt(head, "linkName"),
    mode: octalAt(head, "mode") & 0o777,
    size: pax.size ?? octalAt(head, "size"),
    modified: pax.mtime ?? octalAt(head, "mtime"),
  };
}

function textAt(head: Buffer, field: keyof typeof fields, whole = false): string {
  const [at, length] = fields[field];
  const text = head.toString("latin1", at, at + length);
  const end = whole ? -1 : text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Octal digits, and spaces or zeros around them. The base of 256 that GNU and Go know is for numbers that pax says otherwise. */
function octalAt(head: Buffer, field: keyof typeof fields): number {
  const [at, length] = fields[field];
  const text = head.toString("latin1", at, at + length);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw new TarError(`a head whose ${field} is no number`);
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

/** The head of one entry, and before it, where something does not fit in there, a pax one (pax, "pax Extended Header"). */
import { blockSize, fields, magic, padding, sumOf } from "./format.ts";
import type { EntryKind, TarEntry } from "./format.ts";

const digits: Readonly<Record<Exclude<EntryKind, "other">, string>> = {
  file: "0",
  "hard-link": "1",
  link: "2",
  folder: "5",
};

export interface WrittenEntry extends Omit<TarEntry, "kind"> {
  readonly kind: Exclude<EntryKind, "other">;
  readonly uid: number;
  readonly gid: number;
}

export function writeHead(entry: WrittenEntry): Buffer {
  const { kind, mode, modified } = entry;
  const path = kind === "folder" ? `${entry.path}/` : entry.path;
  const records: string[] = [];
  const text = (key: string, value: string, room: number): string => {
    if (value.length <= room) return value;
    records.push(recordOf(key, value));
    return value.slice(0, room);
  };
  const number = (key: string, value: number, length: number): string => {
    const octal = value.toString(8);
    if (octal.length < length) return octal;
    records.push(recordOf(key, String(value)));
    return "0";
  };
  const head = headOf({
    name: text("path", path, fields.name[1]),
    linkName: text("linkpath", entry.to, fields.linkName[1]),
    mode: (mode & 0o777).toString(8),
    uid: number("uid", entry.uid, fields.uid[1]),
    gid: number("gid", entry.gid, fields.gid[1]),
    size: number("size", entry.size, fields.size[1]),
    mtime: number("mtime", Math.max(0, Math.floor(modified)), fields.mtime[1]),
    type: digits[kind],
  });
  return records.length === 0 ? head : Buffer.concat([extension(records.join("")), head]);
}

/** Two blocks of nothing end an archive. */
export const archiveEnd: Buffer = Buffer.alloc(2 * blockSize);

/** `length key=value\n`, where the length counts itself. */
function recordOf(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length += 1;
  return `${length}${rest}`;
}

function extension(records: string): Buffer {
  const content = Buffer.from(records, "latin1");
  const head = headOf({
    name: "pax",
    linkName: "",
    mode: "644",
    uid: "0",
    gid: "0",
    size: content.length.toString(8),
    mtime: "0",
    type: "x",
  });
  return Buffer.concat([head, content, Buffer.alloc(padding(content.length))]);
}

type Texts = Readonly<
  Record<"name" | "linkName" | "mode" | "uid" | "gid" | "size" | "mtime" | "type", string>
>;

function headOf(texts: Texts): Buffer {
  const head = Buffer.alloc(blockSize);
  for (const name of ["name", "linkName", "type"] as const)
    head.write(texts[name], fields[name][0], "latin1");
  for (const name of ["mode", "uid", "gid", "size", "mtime"] as const) {
    const [at, length] = fields[name];
    head.write(texts[name].padStart(length - 1, "0"), at, "latin1");
  }
  head.write(magic, fields.magic[0], "latin1");
  head.write(`${sumOf(head).toString(8).padStart(6, "0")}\0 `, fields.sum[0], "latin1");
  return head;
}

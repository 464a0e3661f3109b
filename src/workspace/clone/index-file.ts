/** The index (gitformat-index(5)): which files are tracked, and what the copy's index must say of them. Only flags and times change. */
import { createHash } from "node:crypto";
import { refusedGit } from "./refused.ts";

/** What lstat(2) said of a file. */
export interface Seen {
  readonly size: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly mtimeMs: number;
}

/** Bytes before an entry's object id: ctime, mtime, dev, ino, mode, uid, gid, size. */
const statLength = 40;
const at = { mtime: 8, mode: 24, size: 36 } as const;
const assumeValid = 0x8000;
const extended = 0x4000;
/** Of an entry whose name is too long to say, and of every stage but 0. */
const stageMask = 0x3000;
const gitlink = 0o160000;
const maxEntries = 5_000_000;

/** Extensions that stay: cached trees, and the mark of a sparse index. The others speak of this host, or of lost blobs. */
const keptExtensions: ReadonlySet<string> = new Set(["TREE", "sdir"]);

export class IndexFile {
  /** The file needs others beside it (git-update-index(1), "split index"). */
  readonly split: boolean;
  readonly #data: Buffer;
  readonly #idLength: number;
  readonly #mtimeMs: number;
  /** Path, one character a byte, to where its entry begins. */
  readonly #entries = new Map<string, number>();
  readonly #folders = new Set<string>();

  /** `mtimeMs`: when the file was written, as lstat(2) says. `idLength`: of an id in hex. */
  constructor(data: Buffer, mtimeMs: number, idLength: number) {
    this.#idLength = idLength / 2;
    this.#mtimeMs = mtimeMs;
    const version = data.length < 12 + this.#idLength ? 0 : data.readUInt32BE(4);
    if (version < 2 || version > 4 || data.toString("latin1", 0, 4) !== "DIRC") throw damaged();
    const end = this.#readEntries(data, version);
    const kept: Buffer[] = [];
    let split = false;
    const last = data.length - this.#idLength;
    let from = end;
    while (from < last) {
      if (from + 8 > last) throw damaged();
      const name = data.toString("latin1", from, from + 4);
      const next = from + 8 + data.readUInt32BE(from + 4);
      if (next > last) throw damaged();
      if (name === "link") split = true;
      // A lower case first letter: not to be read by who does not know it.
      else if (/^[a-z]/.test(name) && name !== "sdir") throw damaged();
      if (keptExtensions.has(name)) kept.push(data.subarray(from, next));
      from = next;
    }
    this.split = split;
    this.#data = Buffer.concat([data.subarray(0, end), ...kept]);
  }

  get paths(): Iterable<string> {
    return this.#entries.keys();
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** Something in the folder is tracked, or it is a submodule. */
  hasIn(folder: string): boolean {
    return this.#folders.has(folder);
  }

  /**
   * Whether the file is as its entry says. Inside, git sees whole seconds only, so what is uncertain or changed within one is
   * marked: git then looks into the file.
   */
  compare(path: string, seen: Seen): "same" | "changed" | "uncertain" {
    const entry = this.#entries.get(path);
    if (entry === undefined) return "changed";
    const data = this.#data;
    const seconds = data.readUInt32BE(entry + at.mtime);
    const mtimeMs = seconds * 1000 + data.readUInt32BE(entry + at.mtime + 4) / 1e6;
    if (data.readUInt32BE(entry + at.size) !== seen.size % 2 ** 32) return "changed";
    if (Math.abs(mtimeMs - seen.mtimeMs) > 0.001) return "changed";
    // Written in the same tick as the index: it may have been changed after it was looked at.
    return mtimeMs < this.#mtimeMs - 0.001 ? "same" : "uncertain";
  }

  /** The object id of the entry, in hex. */
  idOf(path: string): string | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    return this.#data.toString("hex", entry + statLength, entry + statLength + this.#idLength);
  }

  /** git looks into the file at its next chance. */
  distrust(path: string): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) this.#data.writeUInt32BE(0, entry + at.mtime);
  }

  /** git takes the file for unchanged, whatever is in it (git-update-index(1), `--assume-unchanged`). */
  assume(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    const flags = entry + statLength + this.#idLength;
    this.#data.writeUInt16BE(this.#data.readUInt16BE(flags) | assumeValid, flags);
  }

  /** The file's bytes, with its checksum. */
  toBuffer(): Buffer {
    const hash = createHash(this.#idLength === 20 ? "sha1" : "sha256")
      .update(this.#data)
      .digest();
    return Buffer.concat([this.#data, hash]);
  }

  /** Where the entries end. */
  #readEntries(data: Buffer, version: number): number {
    const count = data.readUInt32BE(8);
    const last = data.length - this.#idLength;
    if (count > maxEntries) throw damaged();
    let from = 12;
    let before = "";
    for (let left = count; left > 0; left -= 1) {
      const fixed = from + statLength + this.#idLength + 2;
      if (fixed > last) throw damaged();
      const flags = data.readUInt16BE(fixed - 2);
      let name = fixed + ((flags & extended) !== 0 && version >= 3 ? 2 : 0);
      let shared = "";
      if (version === 4) {
        const strip = readVarint(data, name, last);
        if (strip.value > before.length) throw damaged();
        shared = before.slice(0, before.length - strip.value);
        name = strip.end;
      }
      const zero = data.indexOf(0, name);
      if (zero < 0 || zero >= last) throw damaged();
      const path = shared + data.toString("latin1", name, zero);
      this.#note(path, from, data.readUInt32BE(from + at.mode), (flags & stageMask) === 0);
      before = path;
      // Padded to a multiple of eight, with at least one zero; not in version 4.
      from = version === 4 ? zero + 1 : from + (((zero - from) >> 3) + 1) * 8;
    }
    if (from > last) throw damaged();
    return from;
  }

  #note(path: string, entry: number, mode: number, merged: boolean): void {
    // A folder that a sparse index has whole, "a/": nothing of it is checked out.
    if (path.endsWith("/")) this.#folders.add(path.slice(0, -1));
    else if (mode === gitlink) this.#folders.add(path);
    else if (merged || !this.#entries.has(path)) this.#entries.set(path, entry);
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
      const folder = path.slice(0, cut);
      if (this.#folders.has(folder)) break;
      this.#folders.add(folder);
    }
  }
}

/** As in pack files' offsets: each step but the last adds one. */
function readVarint(
  data: Buffer,
  from: number,
  last: number,
): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let end = from; end < last && end < from + 5; end += 1) {
    const byte = data[end] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) return { value, end: end + 1 };
    value += 1;
  }
  throw damaged();
}

function damaged(): Error {
  return refusedGit("Its index is of no form that is known here.");
}

/** Packs folders into one archive, as a stream: no link is followed, and memory does not grow with what is in them. */
import { constants, fstatSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Named } from "../workspace/names.ts";
import { SafeFolder } from "../workspace/safe-folder.ts";
import { padding } from "./tar/format.ts";
import { archiveEnd, writeHead } from "./tar/write-head.ts";
import type { WrittenEntry } from "./tar/write-head.ts";

/** A folder, or a file, under the name that it has in the archive. */
export interface Packed {
  readonly name: string;
  readonly source: string;
}

export interface PackOptions {
  /** To whom everything belongs where it is unpacked. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** For many readers and no writer, of no time: the same content is the same archive. */
  readonly shared?: boolean;
  readonly signal?: AbortSignal;
}

/** What became of it, for whoever carries it. */
export interface PackCount {
  bytes: number;
  entries: number;
}

/** Bytes that go out in one piece, and milliseconds of reading in one go. */
const piece = 256 * 1024;
const slice = 8;
/** Files with several names that are known by their first; more of them are files of their own. */
const maxNames = 100_000;

const { S_IFMT, S_IFDIR, S_IFREG } = constants;

export async function* packTree(
  packed: readonly Packed[],
  options: PackOptions,
  count: PackCount = { bytes: 0, entries: 0 },
): AsyncGenerator<Buffer> {
  const out = new Pieces();
  const pack: Pack = { ...options, out, count, names: new Map() };
  let until = performance.now() + slice;
  for (const one of packed) {
    for (const full of packOne(pack, one)) {
      yield full;
      options.signal?.throwIfAborted();
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + slice;
    }
  }
  yield* out.add(archiveEnd);
  yield* out.rest();
}

interface Pack extends PackOptions {
  readonly out: Pieces;
  readonly count: PackCount;
  /** First names by device and inode. */
  readonly names: Map<string, string>;
}

function* packOne(pack: Pack, { name, source }: Packed): Generator<Buffer> {
  const cut = source.lastIndexOf("/");
  using above = SafeFolder.open(source.slice(0, cut) || "/");
  const own = Buffer.from(source.slice(cut + 1), "utf8").toString("latin1");
  using folder = above.folder(own);
  if (folder === undefined) {
    if (!(yield* packFile(pack, above, own, name)))
      throw new Error(`${source} is no file and no folder`);
    return;
  }
  const found = folder.self();
  yield* head(pack, {
    ...{ kind: "folder", path: name, size: 0, to: "" },
    mode: Number(found.mode),
    modified: Number(found.mtimeMs) / 1000,
  });
  // The list grows while it is walked.
  const folders = [""];
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    using open = folder.folder(path);
    if (open === undefined) throw new Error(`${source} changed while it was carried`);
    yield* packFolder(pack, open, name, path, folders);
  }
}

function* packFolder(
  pack: Pack,
  open: SafeFolder,
  root: string,
  path: string,
  folders: string[],
): Generator<Buffer> {
  for (const { name, kind } of pack.shared === true ? sorted(open) : open.names()) {
    const below = path === "" ? name : `${path}/${name}`;
    const full = `${root}/${below}`;
    if (kind === "file") yield* packFile(pack, open, name, full);
    if (kind !== "folder" && kind !== "link") continue;
    const found = open.stat(name);
    if (found === undefined) continue;
    const modified = Number(found.mtimeMs) / 1000;
    if (kind === "folder") {
      // It may have become something else by now; then it is no folder, and the carrying ends.
      if ((Number(found.mode) & S_IFMT) !== S_IFDIR) continue;
      folders.push(below);
      yield* head(pack, {
        ...{ kind, path: full, size: 0, to: "", modified },
        mode: Number(found.mode),
      });
    } else {
      const to = open.link(name)?.toString("latin1");
      if (to !== undefined)
        yield* head(pack, { kind, path: full, mode: 0o777, size: 0, modified, to });
    }
  }
}

/** False for what is no regular file. */
function* packFile(
  pack: Pack,
  open: SafeFolder,
  name: string,
  path: string,
): Generator<Buffer, boolean> {
  using file = open.file(name);
  if (file === undefined) {
    // A socket or a pipe is nothing that is carried; a file that cannot be read must not be lost in silence.
    if ((Number(open.stat(name)?.mode ?? 0) & S_IFMT) !== S_IFREG) return false;
    throw new Error(`a file cannot be read: ${Buffer.from(path, "latin1").toString("utf8")}`);
  }
  const found = fstatSync(file.fd);
  const entry = { path, mode: found.mode, modified: found.mtimeMs / 1000 };
  const first = found.nlink > 1 ? firstName(pack, `${found.dev}:${found.ino}`, path) : path;
  if (first !== path) {
    yield* head(pack, { ...entry, kind: "hard-link", size: 0, to: first });
    return true;
  }
  yield* head(pack, { ...entry, kind: "file", size: found.size, to: "" });
  pack.count.bytes += found.size;
  for (let left = found.size; left > 0;) {
    const { at, room } = pack.out.space(left);
    const read = readSync(file.fd, at, 0, room, null);
    if (read === 0) throw new Error("a file became shorter while it was carried");
    left -= read;
    yield* pack.out.filled(read);
  }
  yield* pack.out.add(Buffer.alloc(padding(found.size)));
  return true;
}

function sorted(open: SafeFolder): readonly Named[] {
  return [...open.names()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function firstName({ names }: Pack, key: string, path: string): string {
  const first = names.get(key);
  if (first === undefined && names.size < maxNames) names.set(key, path);
  return first ?? path;
}

function* head(pack: Pack, entry: Omit<WrittenEntry, "uid" | "gid">): Generator<Buffer> {
  pack.count.entries += 1;
  const shared = {
    mode: entry.kind === "file" && (entry.mode & 0o111) === 0 ? 0o444 : 0o555,
    modified: 0,
  };
  yield* pack.out.add(
    writeHead({ ...entry, ...pack.owner, ...(pack.shared === true ? shared : {}) }),
  );
}

/** Gathers what is written into pieces of one size. */
class Pieces {
  #piece: Buffer = Buffer.allocUnsafe(piece);
  #end = 0;

  *add(data: Buffer): Generator<Buffer> {
    for (let at = 0; at < data.length;) {
      const count = data.copy(this.#piece, this.#end, at);
      at += count;
      yield* this.filled(count);
    }
  }

  /** Where up to `wanted` bytes may be read into. */
  space(wanted: number): { readonly at: Buffer; readonly room: number } {
    const at = this.#piece.subarray(this.#end);
    return { at, room: Math.min(wanted, at.length) };
  }

  *filled(count: number): Generator<Buffer> {
    this.#end += count;
    if (this.#end < piece) return;
    yield this.#piece;
    // A new one: whoever has this one may not have sent it yet.
    this.#piece = Buffer.allocUnsafe(piece);
    this.#end = 0;
  }

  *rest(): Generator<Buffer> {
    if (this.#end > 0) yield this.#piece.subarray(0, this.#end);
  }
}

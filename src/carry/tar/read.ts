/**
 * Reads an archive that a daemon made of what a bottle wrote: everything in it is hostile. Each entry is below one folder that is
 * named before, comes once, and after the folder that it is in: no name leads out, and none leads through a link.
 */
import { ByteSource } from "./byte-source.ts";
import { blockSize, padding } from "./format.ts";
import type { TarEntry } from "./format.ts";
import { maxPax, noPax, readPax } from "./pax.ts";
import type { PaxRecords } from "./pax.ts";
import { kindOf, readHead } from "./read-head.ts";
import type { RawHead } from "./read-head.ts";
import { TarError } from "./tar-error.ts";

export interface TarLimits {
  /** Bytes of all files together. */
  readonly bytes: number;
  readonly entries: number;
}

/** An entry as it comes; its content must be read before the next is asked for. */
export interface ReadEntry extends TarEntry {
  /** From the root on: never empty, without `.` and `..`. */
  readonly path: string;
  readonly content: AsyncIterable<Buffer>;
}

/** Bytes (limits.h: PATH_MAX, NAME_MAX). */
const maxPath = 4095;
const maxName = 255;
/** Bytes of nothing that may follow the end: writers fill up their last record. */
const maxTail = 1024 * 1024;

/** Entries below `root`, which is an entry itself and is not handed out; an archive that is not whole throws in the end. */
export async function* readTar(
  parts: AsyncIterable<Uint8Array>,
  root: string,
  limits: TarLimits,
): AsyncGenerator<ReadEntry> {
  const source = new ByteSource(parts);
  const seen = new Map<string, TarEntry["kind"]>();
  let left = limits.bytes;
  try {
    for (let head = await nextHead(source); head !== undefined; head = await nextHead(source)) {
      const entry = judge(head, root, seen);
      if (seen.size > limits.entries) throw new TarError(`more than ${limits.entries} entries`);
      left -= entry.size;
      if (left < 0) throw new TarError(`more than ${limits.bytes} bytes`);
      if (entry.path === "") continue;
      let unread = entry.size;
      const content = async function* (): AsyncGenerator<Buffer> {
        while (unread > 0) {
          const part = await source.some(unread);
          unread -= part.length;
          yield part;
        }
      };
      yield { ...entry, content: content() };
      while (unread > 0) unread -= (await source.some(unread)).length;
      await source.take(padding(entry.size));
    }
    if (!seen.has("")) throw new TarError("nothing in it");
  } finally {
    await source.close();
  }
}

/** Undefined at the end, which must be there: a writer that failed leaves it out. */
async function nextHead(source: ByteSource): Promise<RawHead | undefined> {
  let pax: PaxRecords | undefined;
  for (;;) {
    const block = await source.take(blockSize);
    if (block.every((byte) => byte === 0)) {
      if (pax !== undefined) throw new TarError("a pax head of nothing");
      return end(source);
    }
    const head = readHead(block, pax ?? noPax);
    if (head.type !== "x") return head;
    if (pax !== undefined) throw new TarError("two pax heads of one entry");
    if (head.size > maxPax) throw new TarError("a pax head that is too long");
    pax = readPax(await source.take(head.size));
    await source.take(padding(head.size));
  }
}

async function end(source: ByteSource): Promise<undefined> {
  for (let size = 0; size < maxTail;) {
    if (size >= blockSize && (await source.atEnd())) return undefined;
    const part = await source.some(blockSize);
    if (part.some((byte) => byte !== 0)) throw new TarError("something after its end");
    size += part.length;
  }
  throw new TarError("no end to its end");
}

/** The entry, if it may be there. */
function judge(head: RawHead, root: string, seen: Map<string, TarEntry["kind"]>): TarEntry {
  const told = kindOf(head.type);
  const { mode, modified } = head;
  if (told !== "file" && head.size !== 0) throw new TarError("a size where there is no content");
  const path = below(root, told === "folder" ? head.name.replace(/\/$/, "") : head.name);
  if (seen.has(path)) throw new TarError("a name that comes twice");
  const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  if (path !== "" && seen.get(above) !== "folder") throw new TarError("a name in no folder");
  if (path === "" && told !== "folder") throw new TarError("a root that is no folder");
  const { kind, to } = targetOf(told, head.linkName, root, seen);
  seen.set(path, kind);
  return { kind, path, mode, size: head.size, modified, to };
}

function targetOf(
  kind: TarEntry["kind"],
  name: string,
  root: string,
  seen: ReadonlyMap<string, TarEntry["kind"]>,
): Pick<TarEntry, "kind" | "to"> {
  if (kind === "link") {
    if (name === "" || name.length > maxPath) throw new TarError("a link to nowhere");
    return { kind, to: name };
  }
  if (kind !== "hard-link") return { kind, to: "" };
  const to = below(root, name);
  const before = seen.get(to);
  if (before === "file") return { kind, to };
  // A second name of a link or a pipe, which a bottle can make and nobody needs.
  if (before === "link" || before === "other") return { kind: "other", to: "" };
  throw new TarError("a hard link to what is not before it");
}

function below(root: string, name: string): string {
  if (name.length > maxPath) throw new TarError("a name that is too long");
  const [first, ...steps] = name.split("/");
  if (first !== root) throw new TarError("a name outside of its folder");
  for (const step of steps)
    if (step === "" || step === "." || step === ".." || step.length > maxName)
      throw new TarError("a name that is none");
  return steps.join("/");
}

/** Reads every object of a pack, whole, once, in bounded memory (gitformat-pack(5)). */
import { createHash, timingSafeEqual } from "node:crypto";
import { applyDelta, deltaResultSize } from "./delta.ts";
import type { ObjectFormat, ObjectType } from "./object-id.ts";
import { idSize, objectId } from "./object-id.ts";
import type { PackEntry } from "./pack-entry.ts";
import { inflateEntry, outside, readEntry } from "./pack-entry.ts";
import { GitFormatError } from "./pkt-line.ts";

export interface PackObject {
  readonly id: string;
  readonly type: ObjectType;
  readonly data: Buffer;
}

export interface PackLimits {
  readonly objects: number;
  /** Bytes of one object. */
  readonly object: number;
  /** Bytes of all that is inflated and put together. */
  readonly work: number;
  /** … and never more than so many times the pack, beyond `free` bytes: a bomb is known by its ratio. */
  readonly ratio: number;
  readonly free: number;
  /** Bytes of bases that are held while what builds on them is read. */
  readonly held: number;
}

const mebi = 1024 * 1024;

export const packLimits: PackLimits = {
  objects: 250_000,
  object: 128 * mebi,
  work: 2048 * mebi,
  ratio: 300,
  free: 64 * mebi,
  held: 256 * mebi,
};

/** Between so many bytes of work others get their turn. */
const turn = 4 * mebi;

/** A base with those that build on it and were not read yet. */
interface Frame {
  readonly type: ObjectType;
  readonly data: Buffer;
  readonly children: PackEntry[];
}

/**
 * Calls `visit` for every object; what it throws ends the reading. Throws `GitFormatError` for anything that is not one
 * whole pack of version 2 that stands alone: what builds on an object outside of it cannot be judged.
 */
export async function readPack(
  pack: Buffer,
  format: ObjectFormat,
  visit: (object: PackObject) => void,
  limits: PackLimits = packLimits,
): Promise<void> {
  await new PackReading(pack, format, visit, limits).run();
}

class PackReading {
  readonly #pack: Buffer;
  readonly #format: ObjectFormat;
  readonly #visit: (object: PackObject) => void;
  readonly #limits: PackLimits;
  readonly #end: number;
  /** What builds on an entry, by where that begins, and by its object's id. */
  readonly #byOffset = new Map<number, PackEntry[]>();
  readonly #byId = new Map<string, PackEntry[]>();
  #work = 0;
  #rested = 0;
  #unread = 0;

  constructor(
    pack: Buffer,
    format: ObjectFormat,
    visit: (object: PackObject) => void,
    limits: PackLimits,
  ) {
    this.#pack = pack;
    this.#format = format;
    this.#visit = visit;
    this.#limits = limits;
    this.#end = pack.length - idSize[format];
  }

  async run(): Promise<void> {
    const bases = await this.#scan();
    for (const { entry, id } of bases) {
      const children = this.#childrenOf(entry.at, id);
      if (children.length === 0) continue;
      await this.#descend(entry, children);
    }
    if (this.#unread > 0) throw outside();
  }

  /** Once over the whole pack: finds every entry, reads those that stand alone, checks the trailer. */
  async #scan(): Promise<readonly { readonly entry: PackEntry; readonly id: string }[]> {
    const count = this.#count();
    const bases: { readonly entry: PackEntry; readonly id: string }[] = [];
    let at = 12;
    for (let index = 0; index < count; index += 1) {
      const entry = readEntry(this.#pack, at, this.#end, this.#format);
      await this.#spend(entry.size);
      const { data, taken } = inflateEntry(this.#pack, entry, this.#end);
      at = entry.dataAt + taken;
      if (entry.holds.kind === "object") {
        bases.push({ entry, id: this.#tell(entry.holds.type, data) });
        continue;
      }
      this.#unread += 1;
      if (entry.holds.kind === "offset-delta") add(this.#byOffset, entry.holds.base, entry);
      else add(this.#byId, entry.holds.base, entry);
    }
    if (at !== this.#end) throw new GitFormatError("something follows the pack's objects");
    return bases;
  }

  #count(): number {
    if (this.#end < 12) throw new GitFormatError("the pack is too short");
    if (this.#pack.toString("latin1", 0, 4) !== "PACK" || this.#pack.readUInt32BE(4) !== 2)
      throw new GitFormatError("it is no pack of version 2");
    const sum = createHash(this.#format).update(this.#pack.subarray(0, this.#end)).digest();
    if (!timingSafeEqual(sum, this.#pack.subarray(this.#end)))
      throw new GitFormatError("the pack's checksum is wrong");
    const count = this.#pack.readUInt32BE(8);
    if (count > this.#limits.objects) throw new GitFormatError("the pack has too many objects");
    return count;
  }

  /** What builds on a base, depth first: only the bases of one chain are held. */
  async #descend(root: PackEntry, first: PackEntry[]): Promise<void> {
    if (root.holds.kind !== "object") return;
    await this.#spend(root.size);
    const { data } = inflateEntry(this.#pack, root, this.#end);
    const stack: Frame[] = [{ type: root.holds.type, data, children: first }];
    let held = data.length;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const entry = top.children.pop();
      if (entry === undefined) {
        stack.pop();
        held -= top.data.length;
        continue;
      }
      const made = await this.#resolve(top.data, entry);
      this.#unread -= 1;
      const children = this.#childrenOf(entry.at, this.#tell(top.type, made));
      if (children.length === 0) continue;
      held += made.length;
      if (held > this.#limits.held) throw new GitFormatError("the pack's deltas are too deep");
      stack.push({ type: top.type, data: made, children });
    }
  }

  async #resolve(base: Buffer, entry: PackEntry): Promise<Buffer> {
    await this.#spend(entry.size);
    const { data } = inflateEntry(this.#pack, entry, this.#end);
    await this.#spend(deltaResultSize(data));
    return applyDelta(base, data);
  }

  #tell(type: ObjectType, data: Buffer): string {
    const id = objectId(this.#format, type, data);
    this.#visit({ id, type, data });
    return id;
  }

  /** Each is handed out once. */
  #childrenOf(at: number, id: string): PackEntry[] {
    const children = [...(this.#byOffset.get(at) ?? []), ...(this.#byId.get(id) ?? [])];
    this.#byOffset.delete(at);
    this.#byId.delete(id);
    return children;
  }

  /** Before the bytes are made. */
  async #spend(bytes: number): Promise<void> {
    const { object, work, ratio, free } = this.#limits;
    if (bytes > object) throw new GitFormatError("an object of the pack is too large");
    // Objects cost time even if they are empty.
    this.#work += bytes + 64;
    if (this.#work > Math.min(work, free + ratio * this.#pack.length))
      throw new GitFormatError("the pack inflates to too much");
    if (this.#work - this.#rested < turn) return;
    this.#rested = this.#work;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

function add<Key>(map: Map<Key, PackEntry[]>, key: Key, entry: PackEntry): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}

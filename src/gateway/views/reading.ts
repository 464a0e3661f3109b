/** Some data as a reader of one encoding understands it, each byte with the place in the data that it comes from. */
import type { Marks } from "./marks.ts";

/** What a view reads: the data itself, where `from` is undefined, or what another view made of it. */
export interface Source {
  readonly bytes: Buffer;
  /** For each byte, the first index in the data that belongs to it. */
  readonly from: Int32Array | undefined;
  /** For each byte, the index after the last one that belongs to it. */
  readonly to: Int32Array | undefined;
}

/** Where a byte of a source begins in the data; for one after the last, where the data ends. */
export function placeOf({ from, to }: Source, index: number, size: number): number {
  if (from === undefined || to === undefined) return index;
  if (index < size) return from[index] as number;
  return size === 0 ? 0 : (to[size - 1] as number);
}

/** Filled anew for each region: the room is kept. */
export class Reading {
  #bytes: Buffer = Buffer.alloc(0);
  #from: Int32Array = new Int32Array(0);
  #to: Int32Array = new Int32Array(0);
  #size = 0;

  /** Begins anew, with room for so many bytes. */
  clear(room: number): void {
    this.#size = 0;
    if (room <= this.#bytes.length) return;
    const wanted = Math.max(room, 1024, this.#bytes.length * 2);
    this.#bytes = Buffer.allocUnsafeSlow(wanted);
    this.#from = new Int32Array(wanted);
    this.#to = new Int32Array(wanted);
  }

  get size(): number {
    return this.#size;
  }

  /** `first` and `end` are indices of the source. */
  add(byte: number, source: Source, first: number, end: number): void {
    const at = this.#size++;
    this.#bytes[at] = byte;
    this.#from[at] = source.from === undefined ? first : (source.from[first] as number);
    this.#to[at] = source.to === undefined ? end : (source.to[end - 1] as number);
  }

  /** Takes the last byte back. */
  drop(): void {
    if (this.#size > 0) this.#size -= 1;
  }

  source(): Source {
    return { bytes: this.#bytes.subarray(0, this.#size), from: this.#from, to: this.#to };
  }
}

/** What a view hands on: a region read, and how it ends. */
export interface Region {
  readonly reading: Reading;
  /** It reaches the end of the source: more data could go on with it. */
  readonly last: boolean;
  /** The index of the source at which something begins that is not complete yet. */
  readonly open: number | undefined;
}

/** Hears each region; false ends the search. */
export type UseRegion = (region: Region) => boolean;

/** How a source is to be read. */
export interface ViewOptions {
  /** Nothing comes after the source. */
  readonly final: boolean;
  /** Bytes around what was decoded that could be part of a match. */
  readonly reach: number;
  /** By byte: whether some pattern has it, or it has a meaning in another encoding. */
  readonly relevant: Uint8Array;
  readonly marks: Marks;
}

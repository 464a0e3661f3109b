/** One file as it comes in: as long as it is what stands there already it is compared only, then it is written. Memory stays small. */
import { closeSync, ftruncateSync, readSync, writeSync } from "node:fs";

/** Bytes; a run of as many zeros is a hole. */
const holeSize = 64 * 1024;
const zeros = Buffer.alloc(holeSize);

export class FileIntake implements Disposable {
  readonly #before: number | undefined;
  readonly #create: () => number;
  readonly #buffer: Buffer = Buffer.allocUnsafe(holeSize);
  #out: number | undefined;
  #at = 0;

  /** `before`: a file of the same size, or undefined. */
  constructor(before: number | undefined, create: () => number) {
    this.#before = before;
    this.#create = create;
  }

  add(data: Buffer): void {
    for (let from = 0; from < data.length;) {
      const part = data.subarray(from, from + holeSize);
      from += part.length;
      if (this.#out !== undefined || !this.#isSame(part))
        this.#write(this.#begun(), part, this.#at);
      this.#at += part.length;
    }
  }

  /** The new file, open, or undefined if nothing differs. */
  finish(size: number): number | undefined {
    if (this.#out === undefined && this.#before !== undefined) return undefined;
    const out = this.#begun();
    ftruncateSync(out, size);
    return out;
  }

  [Symbol.dispose](): void {
    if (this.#out !== undefined) closeSync(this.#out);
    this.#out = undefined;
  }

  #isSame(part: Buffer): boolean {
    if (this.#before === undefined) return false;
    for (let from = 0; from < part.length;) {
      const length = part.length - from;
      const count = readSync(this.#before, this.#buffer, 0, length, this.#at + from);
      if (count === 0 || this.#buffer.compare(part, from, from + count, 0, count) !== 0)
        return false;
      from += count;
    }
    return true;
  }

  /** With what was the same so far. */
  #begun(): number {
    if (this.#out !== undefined) return this.#out;
    const out = this.#create();
    this.#out = out;
    for (let at = 0; this.#before !== undefined && at < this.#at;) {
      const count = readSync(this.#before, this.#buffer, 0, Math.min(holeSize, this.#at - at), at);
      if (count === 0) throw new Error("a file of the record changed meanwhile");
      this.#write(out, this.#buffer.subarray(0, count), at);
      at += count;
    }
    return out;
  }

  #write(out: number, part: Buffer, at: number): void {
    if (part.length === holeSize && part.equals(zeros)) return;
    for (let from = 0; from < part.length;)
      from += writeSync(out, part, from, part.length - from, at + from);
  }
}

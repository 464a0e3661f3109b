/** Bytes as they come, in the portions that are asked for: nothing is gathered but what is asked for in one piece. */
import { TarError } from "./tar-error.ts";

export class ByteSource {
  readonly #parts: AsyncIterator<Uint8Array>;
  #part: Buffer = Buffer.alloc(0);

  constructor(parts: AsyncIterable<Uint8Array>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  /** The next `size` bytes; a source that ends before has been cut off. */
  async take(size: number): Promise<Buffer> {
    if (this.#part.length >= size) return this.#cut(size);
    const whole = Buffer.allocUnsafe(size);
    for (let at = 0; at < size;) {
      const part = await this.some(size - at);
      part.copy(whole, at);
      at += part.length;
    }
    return whole;
  }

  /** As many of the next `most` bytes as are there; at least one. */
  async some(most: number): Promise<Buffer> {
    if (this.#part.length === 0 && !(await this.#more())) throw new TarError("it was cut off");
    return this.#cut(Math.min(most, this.#part.length));
  }

  /** True if nothing follows. */
  async atEnd(): Promise<boolean> {
    return this.#part.length === 0 && !(await this.#more());
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }

  #cut(size: number): Buffer {
    const cut = this.#part.subarray(0, size);
    this.#part = this.#part.subarray(size);
    return cut;
  }

  async #more(): Promise<boolean> {
    while (this.#part.length === 0) {
      const next = await this.#parts.next();
      if (next.done === true) return false;
      const { buffer, byteOffset, byteLength } = next.value;
      this.#part = Buffer.from(buffer, byteOffset, byteLength);
    }
    return true;
  }
}

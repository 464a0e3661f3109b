/** Bits of bytes that come in parts (RFC 1951 section 3.1.1); a step that lacks some goes back to where it began. */
export class BitInput {
  #data: Uint8Array = new Uint8Array(0);
  #at = 0;
  #bits = 0;
  #count = 0;
  #markAt = 0;
  #markBits = 0;
  #markCount = 0;

  push(part: Uint8Array): void {
    this.#data =
      this.#at < this.#data.length ? Buffer.concat([this.#data.subarray(this.#at), part]) : part;
    this.#at = 0;
  }

  /** What is left of the part stays valid when its owner goes on. */
  keep(): void {
    this.#data = Buffer.from(this.#data.subarray(this.#at));
    this.#at = 0;
  }

  mark(): void {
    this.#markAt = this.#at;
    this.#markBits = this.#bits;
    this.#markCount = this.#count;
  }

  back(): void {
    this.#at = this.#markAt;
    this.#bits = this.#markBits;
    this.#count = this.#markCount;
  }

  /** As many whole bytes as there is room for. */
  fill(): void {
    while (this.#count <= 16 && this.#at < this.#data.length) {
      this.#bits |= (this.#data[this.#at++] as number) << this.#count;
      this.#count += 8;
    }
  }

  /** At most 32 bits, 16 at a time. */
  has(count: number): boolean {
    if (this.#count >= count) return true;
    this.fill();
    return this.#count + 8 * (this.#data.length - this.#at) >= count;
  }

  /** What is at the front; zeros after the end. */
  peek(): number {
    return this.#bits;
  }

  drop(count: number): void {
    this.#bits >>>= count;
    this.#count -= count;
  }

  /** Up to 16 bits, after `has`. */
  take(count: number): number {
    if (this.#count < count) this.fill();
    const value = this.#bits & ((1 << count) - 1);
    this.drop(count);
    return value;
  }

  /** To the next whole byte. */
  align(): void {
    this.drop(this.#count & 7);
  }

  /** Whole bytes, after `align`; returns how many there were. */
  copy(into: Buffer, at: number, most: number): number {
    let done = 0;
    while (done < most && this.#count > 0) into[at + done++] = this.take(8);
    const length = Math.min(most - done, this.#data.length - this.#at);
    into.set(this.#data.subarray(this.#at, this.#at + length), at + done);
    this.#at += length;
    return done + length;
  }

  /** Whole bytes that nobody took, from the next whole byte on. */
  rest(): Uint8Array {
    const bytes: number[] = [];
    for (
      let bits = this.#bits >>> (this.#count & 7), count = this.#count >> 3;
      count > 0;
      count -= 1
    ) {
      bytes.push(bits & 0xff);
      bits >>>= 8;
    }
    return Buffer.concat([Buffer.from(bytes), this.#data.subarray(this.#at)]);
  }
}

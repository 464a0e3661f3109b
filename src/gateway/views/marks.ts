/** Where the bytes are that some view begins at: found once for all views, in the one pass that sees every byte. */

export interface Marks {
  /** Indices in their order; those from `count` on mean nothing. */
  readonly at: Int32Array;
  readonly count: number;
  /** Whether a byte is among them: an index of `marked`, as a bit. */
  readonly kinds: number;
}

/** The first bytes of escapes and the ends of lines. */
const marked = "%\\&=\r\n";

/** The bit of `kinds` for one of them. */
export function kindOf(byte: number): number {
  return kinds[byte] as number;
}

/** Bytes between two marks above which asking the engine's own search for each is the faster way. */
const sparse = 64;
/** Bytes below which it is not: its calls cost more than the walk. */
const short = 512;

const leads: Buffer = Buffer.from(marked, "latin1");

/** By byte, and by two bytes at a time. */
const kinds: Uint8Array = new Uint8Array(256).map((_, byte) =>
  leads.includes(byte) ? 1 << leads.indexOf(byte) : 0,
);
const pairs: Uint8Array = new Uint8Array(0x10000).map(
  (_, pair) => (kinds[pair & 255] as number) | (kinds[pair >> 8] as number),
);

const every = (1 << marked.length) - 1;

/** Makes the finder; what it returns is valid until it is called again. */
export function createMarkFinder(): (bytes: Buffer) => Marks {
  const nexts = new Int32Array(leads.length);
  let at = new Int32Array(1024);
  let count = 0;

  /** Stops where marks are dense, and says where. */
  const seek = (bytes: Buffer): number => {
    const { length } = bytes;
    for (let lead = 0; lead < leads.length; lead += 1) {
      const next = bytes.indexOf(leads[lead] as number);
      nexts[lead] = next < 0 ? length : next;
    }
    for (let allowed = 16 + length / sparse; allowed > 0; allowed -= 1) {
      let first = 0;
      for (let lead = 1; lead < leads.length; lead += 1)
        if ((nexts[lead] as number) < (nexts[first] as number)) first = lead;
      const index = nexts[first] as number;
      if (index === length) return length;
      at[count++] = index;
      const next = bytes.indexOf(leads[first] as number, index + 1);
      nexts[first] = next < 0 ? length : next;
    }
    return count === 0 ? 0 : (at[count - 1] as number) + 1;
  };

  const add = (bytes: Buffer, index: number): void => {
    if (index < bytes.length && kinds[bytes[index] as number] !== 0) at[count++] = index;
  };

  const walk = (bytes: Buffer, from: number): void => {
    const odd = (bytes.byteOffset + from) & 1;
    if (odd === 1) add(bytes, from);
    const start = from + odd;
    const half = (bytes.length - start) >> 1;
    if (half > 0) {
      const two = new Uint16Array(bytes.buffer, bytes.byteOffset + start, half);
      for (let index = 0; index < half; index += 1) {
        if (pairs[two[index] as number] === 0) continue;
        const first = start + 2 * index;
        if (kinds[bytes[first] as number] !== 0) at[count++] = first;
        if (kinds[bytes[first + 1] as number] !== 0) at[count++] = first + 1;
      }
    }
    add(bytes, start + 2 * Math.max(half, 0));
  };

  return (bytes) => {
    if (at.length < bytes.length) at = new Int32Array(bytes.length);
    count = 0;
    const rest = bytes.length < short ? 0 : seek(bytes);
    if (rest < bytes.length) walk(bytes, rest);
    let found = 0;
    for (let mark = 0; mark < count && found !== every; mark += 1)
      found |= kinds[bytes[at[mark] as number] as number] as number;
    return { at, count, kinds: found };
  };
}

/** Huffman codes of DEFLATE (RFC 1951 section 3.2.2): a table for short codes, counting for long ones. */

/** Bits that the table knows at once. */
const quick = 9;
const longest = 15;

export interface Huffman {
  /** Of the bits at the front of `bits`: `symbol << 4 | length`; 0 where no code begins so. */
  read(bits: number): number;
}

/** Undefined for lengths that are no code: more of them than fit, or fewer, but for a code of one symbol (or none). */
export function createHuffman(lengths: Uint8Array): Huffman | undefined {
  const counts = new Uint16Array(longest + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  const used = lengths.length - (counts[0] as number);
  counts[0] = 0;
  let left = 1;
  for (let length = 1; length <= longest; length += 1) {
    left = left * 2 - (counts[length] as number);
    if (left < 0) return undefined;
  }
  if (left > 0 && used > 1) return undefined;

  const starts = new Uint16Array(longest + 2);
  for (let length = 1; length <= longest; length += 1)
    starts[length + 1] = (starts[length] as number) + (counts[length] as number);
  const sorted = new Uint16Array(used);
  const nexts = starts.slice();
  for (let symbol = 0; symbol < lengths.length; symbol += 1) {
    const length = lengths[symbol] as number;
    if (length === 0) continue;
    sorted[nexts[length] as number] = symbol;
    nexts[length] = (nexts[length] as number) + 1;
  }

  const table = new Uint16Array(1 << quick);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= quick; length += 1) {
    for (let count = counts[length] as number; count > 0; count -= 1) {
      const entry = ((sorted[index++] as number) << 4) | length;
      for (let at = reversed(code, length); at < 1 << quick; at += 1 << length) table[at] = entry;
      code += 1;
    }
    code <<= 1;
  }

  return {
    read(bits) {
      const entry = table[bits & ((1 << quick) - 1)] as number;
      if (entry !== 0) return entry;
      let value = 0;
      let first = 0;
      for (let length = 1; length <= longest; length += 1) {
        value |= (bits >>> (length - 1)) & 1;
        const count = counts[length] as number;
        if (value - first < count)
          return ((sorted[(starts[length] as number) + value - first] as number) << 4) | length;
        first = (first + count) << 1;
        value <<= 1;
      }
      return 0;
    },
  };
}

/** Codes come with their first bit first, all other numbers with their last. */
function reversed(code: number, length: number): number {
  let out = 0;
  for (let bit = 0; bit < length; bit += 1) out |= ((code >>> bit) & 1) << (length - 1 - bit);
  return out;
}

/** Makes a new input of old ones: cut, doubled, joined, with bytes and words of the format put in. */
import type { Random } from "./random.ts";

const longest = 8192;
const odd = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2e, 0x2f, 0x30, 0x3a, 0x3b, 0x5c, 0x7f, 0x80, 0xff,
];

export function mutate(
  inputs: readonly Buffer[],
  words: readonly string[],
  random: Random,
): Buffer {
  let bytes = random.pick(inputs);
  for (let turn = random.below(6) + 1; turn > 0; turn -= 1)
    bytes = step(bytes, inputs, words, random);
  return bytes.subarray(0, longest);
}

function step(
  bytes: Buffer,
  inputs: readonly Buffer[],
  words: readonly string[],
  random: Random,
): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(16));
  const put = (middle: Buffer, until = at): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(until)]);
  switch (random.below(8)) {
    case 0:
      return put(Buffer.from([random.pick(odd)]));
    case 1:
      return put(Buffer.from([random.below(256)]), Math.min(bytes.length, at + 1));
    case 2:
      return put(Buffer.alloc(0), end);
    case 3:
      return put(bytes.subarray(at, end));
    case 4:
      return put(Buffer.from(random.pick(words), "latin1"));
    case 5:
      return put(Buffer.from(random.pick(words), "latin1"), end);
    case 6: {
      const other = random.pick(inputs);
      return put(other.subarray(random.below(other.length + 1)), bytes.length);
    }
    default: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] as number) ^ (1 << random.below(8));
      return flipped;
    }
  }
}

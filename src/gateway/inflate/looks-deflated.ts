/** Whether a DEFLATE stream could begin here: most of what only looks like one is told apart before anything is made. */

/** Bytes that are looked at. */
export const deflateLook: number = 16;

/** Where `data` has no room for `deflateLook` bytes, more is taken for possible. */
export function looksDeflated(data: Uint8Array, at: number): boolean {
  const first = data[at];
  if (first === undefined) return true;
  const kind = (first >> 1) & 3;
  if (kind === 3) return false;
  if (kind === 1) return true;
  if (kind === 0) {
    if (at + 4 >= data.length) return true;
    const length = (data[at + 1] as number) | ((data[at + 2] as number) << 8);
    const complement = (data[at + 3] as number) | ((data[at + 4] as number) << 8);
    return (length ^ 0xffff) === complement;
  }
  return at + deflateLook > data.length || wholeCode(data, at);
}

/** The code for code lengths must use up all bits exactly (RFC 1951 section 3.2.7). */
function wholeCode(data: Uint8Array, at: number): boolean {
  let bit = at * 8 + 3;
  const take = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index += 1, bit += 1)
      value |= (((data[bit >> 3] as number) >> (bit & 7)) & 1) << index;
    return value;
  };
  if (take(5) > 29 || take(5) > 29) return false;
  const count = take(4) + 4;
  let left = 128;
  for (let index = 0; index < count; index += 1) {
    const length = take(3);
    if (length > 0) left -= 128 >> length;
  }
  return left === 0;
}

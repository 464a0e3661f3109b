/** Numbers that are the same in every run: what a case is made of depends on its seed alone (mulberry32). */
export interface Random {
  below(bound: number): number;
  /** So many characters of `chars`. */
  text(chars: string, length: number): string;
  bytes(length: number): Buffer;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    text: (chars, length) =>
      Array.from({ length }, () => chars[below(chars.length)] as string).join(""),
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  };
}

export const lowerHex = "0123456789abcdef";
export const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
export const urlSafe: string = `${alphanumeric}-_`;
export const base64Chars: string = `${alphanumeric}+/`;

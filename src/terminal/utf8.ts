/** Reads UTF-8 byte by byte and lets only well-formed characters above U+009F through (Unicode 16, table 3-7). */

export interface Utf8Reader {
  /** True within a character. */
  isOpen(): boolean;
  /** False if the byte is ASCII after an unfinished character, and still has to be looked at. */
  push(byte: number, write: (byte: number) => void): boolean;
}

/** U+FFFD: a bad byte stays visible. */
const replacement = [0xef, 0xbf, 0xbd] as const;

export function createUtf8Reader(): Utf8Reader {
  const pending: number[] = [];

  function bad(write: (byte: number) => void): void {
    pending.length = 0;
    for (const byte of replacement) write(byte);
  }

  function push(byte: number, write: (byte: number) => void): boolean {
    const first = pending[0];
    if (first === undefined) {
      if (byte >= 0xc2 && byte <= 0xf4) pending.push(byte);
      else bad(write);
      return true;
    }
    const [low, high] = pending.length === 1 ? secondByte(first) : anyContinuation;
    if (byte < low || byte > high) {
      bad(write);
      return byte < 0x80 ? false : push(byte, write);
    }
    pending.push(byte);
    if (pending.length === lengthOf(first)) {
      for (const one of pending) write(one);
      pending.length = 0;
    }
    return true;
  }

  return {
    isOpen: () => pending.length > 0,
    push,
  };
}

function lengthOf(first: number): number {
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

const anyContinuation: readonly [number, number] = [0x80, 0xbf];

/** Overlong forms, surrogates and what is beyond U+10FFFF have no second byte; nor have C1 controls, which some terminals obey. */
function secondByte(first: number): readonly [number, number] {
  if (first === 0xc2 || first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  return first === 0xf4 ? [0x80, 0x8f] : anyContinuation;
}

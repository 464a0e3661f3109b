/** The spellings of one character by an escape: percent (RFC 3986), backslash, HTML, quoted-printable (RFC 2045). */

/** Not an escape. */
export const none: number = 0;
/** The data ends within what may be an escape. */
export const partial: number = -1;

const codeBits = 0x1fffff;
/** Instead of a character: nothing at all. */
const gone = 0x1fffff;
/** And above: a byte, where a character of that number would be two. */
const rawByte = 0x110000;

/** What an escape is made of, packed into one number: nothing is allocated for each. */
function packed(length: number, code: number): number {
  return (length << 21) | code;
}

/** Bytes of the escape itself. */
export function lengthOf(escape: number): number {
  return escape >>> 21;
}

/** Whether a pattern could have the character, or nothing is left of the escape. */
export function isRelevant(escape: number, relevant: Uint8Array): boolean {
  const code = escape & codeBits;
  if (code === gone) return true;
  if (code < 0x80) return relevant[code] === 1;
  return relevant[0x80] === 1;
}

/** The bytes of the character in UTF-8, one after the other. */
export function eachByte(escape: number, use: (byte: number) => void): void {
  const code = escape & codeBits;
  if (code === gone) return;
  if (code < 0x80) return use(code);
  if (code >= rawByte) return use(code - rawByte);
  if (code < 0x800) use(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) use(0xe0 | (code >> 12));
    else {
      use(0xf0 | (code >> 18));
      use(0x80 | ((code >> 12) & 63));
    }
    use(0x80 | ((code >> 6) & 63));
  }
  use(0x80 | (code & 63));
}

/** A way of escaping. */
export interface Escapes {
  /** The byte with which each begins. */
  readonly lead: number;
  /** What begins at `at`, where the lead stands; `end` is the end of the data. */
  decode(bytes: Uint8Array, at: number, end: number): number;
}

const lf = 10;
const cr = 13;

/** The value of a hex digit, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** `count` hex digits from `at` on; -1 where they are none, -2 where the data ends before they do. */
function hex(bytes: Uint8Array, at: number, end: number, count: number): number {
  let code = 0;
  for (let index = at; index < at + count; index += 1) {
    if (index >= end) return -2;
    const digit = hexDigit(bytes[index] as number);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code > 0x10ffff ? -1 : code;
}

function fixed(bytes: Uint8Array, at: number, end: number, before: number, count: number): number {
  const code = hex(bytes, at + before, end, count);
  if (code === -2) return partial;
  if (code < 0) return none;
  return packed(before + count, count === 2 && code >= 0x80 ? rawByte + code : code);
}

/** `%41`, and `%u0041` of old scripts. */
export const percentEscapes: Escapes = {
  lead: 0x25,
  decode(bytes, at, end) {
    if (at + 1 >= end) return partial;
    return ((bytes[at + 1] as number) | 32) === 0x75
      ? fixed(bytes, at, end, 2, 4)
      : fixed(bytes, at, end, 1, 2);
  },
};

/** `=41` and `=` at the end of a line. */
export const quotedEscapes: Escapes = {
  lead: 0x3d,
  decode(bytes, at, end) {
    let after = at + 1;
    while (after < end && after < at + 8 && (bytes[after] === 32 || bytes[after] === 9)) after += 1;
    if (after >= end) return partial;
    if (bytes[after] === lf) return packed(after + 1 - at, gone);
    if (bytes[after] === cr) {
      if (after + 1 >= end) return partial;
      return packed(after + (bytes[after + 1] === lf ? 2 : 1) - at, gone);
    }
    return fixed(bytes, at, end, 1, 2);
  },
};

/** Of JSON (RFC 8259 section 7), JavaScript, Python, C and shells. */
export const backslashEscapes: Escapes = {
  lead: 0x5c,
  decode(bytes, at, end) {
    if (at + 1 >= end) return partial;
    const kind = bytes[at + 1] as number;
    switch (kind) {
      case 0x75: // u0041, u{41}
        return bytes[at + 2] === 0x7b ? braced(bytes, at, end) : fixed(bytes, at, end, 2, 4);
      case 0x55: // U00000041
        return fixed(bytes, at, end, 2, 8);
      case 0x78: // x41
        return fixed(bytes, at, end, 2, 2);
      case 0x6e:
        return packed(2, lf);
      case 0x72:
        return packed(2, cr);
      case 0x74:
        return packed(2, 9);
      case 0x62:
        return packed(2, 8);
      case 0x66:
        return packed(2, 12);
    }
    if (kind >= 0x30 && kind <= 0x33) return octal(bytes, at, end);
    // Punctuation stands for itself.
    const letter = (kind | 32) >= 97 && (kind | 32) <= 122;
    return kind <= 32 || kind >= 0x7f || letter || (kind >= 0x34 && kind <= 0x39)
      ? none
      : packed(2, kind);
  },
};

function braced(bytes: Uint8Array, at: number, end: number): number {
  let code = 0;
  for (let index = at + 3; index < at + 12; index += 1) {
    if (index >= end) return partial;
    if (bytes[index] === 0x7d) return index === at + 3 ? none : packed(index + 1 - at, code);
    const digit = hexDigit(bytes[index] as number);
    if (digit < 0) return none;
    code = code * 16 + digit;
    if (code > 0x10ffff) return none;
  }
  return none;
}

function octal(bytes: Uint8Array, at: number, end: number): number {
  let code = 0;
  for (let index = at + 1; index < at + 4; index += 1) {
    if (index >= end) return partial;
    const digit = (bytes[index] as number) - 48;
    if (digit < 0 || digit > 7) return none;
    code = code * 8 + digit;
  }
  return packed(4, code >= 0x80 ? rawByte + code : code);
}

const names: ReadonlyMap<string, number> = new Map(
  Object.entries({
    amp: 38,
    lt: 60,
    gt: 62,
    quot: 34,
    apos: 39,
    sol: 47,
    plus: 43,
    equals: 61,
    hyphen: 45,
    lowbar: 95,
    period: 46,
    colon: 58,
    semi: 59,
    comma: 44,
    num: 35,
    percnt: 37,
    bsol: 92,
    commat: 64,
    dollar: 36,
    ast: 42,
    excl: 33,
    lpar: 40,
    rpar: 41,
    Tab: 9,
    NewLine: 10,
  }),
);
const longestName = 7;

/** `&#65;`, `&#x41;`, `&amp;` (HTML standard, "named character references": those of ASCII). */
export const htmlEscapes: Escapes = {
  lead: 0x26,
  decode(bytes, at, end) {
    if (at + 1 >= end) return partial;
    return bytes[at + 1] === 0x23 ? numeric(bytes, at, end) : named(bytes, at, end);
  },
};

function numeric(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 >= end) return partial;
  const base = ((bytes[at + 2] as number) | 32) === 0x78 ? 16 : 10;
  const first = at + (base === 16 ? 3 : 2);
  let code = 0;
  for (let index = first; index < first + 10; index += 1) {
    if (index >= end) return partial;
    const byte = bytes[index] as number;
    const digit = hexDigit(byte);
    if (digit < 0 || digit >= base) {
      if (index === first || code > 0x10ffff) return none;
      // Readers forgive a missing semicolon.
      return packed(index - at + (byte === 0x3b ? 1 : 0), code);
    }
    code = code * base + digit;
  }
  return none;
}

function named(bytes: Uint8Array, at: number, end: number): number {
  let name = "";
  for (let index = at + 1; index <= at + 1 + longestName; index += 1) {
    if (index >= end) return partial;
    const byte = bytes[index] as number;
    if (byte === 0x3b) {
      const code = names.get(name);
      return code === undefined ? none : packed(index + 1 - at, code);
    }
    if ((byte | 32) < 97 || (byte | 32) > 122) return none;
    name += String.fromCharCode(byte);
  }
  return none;
}

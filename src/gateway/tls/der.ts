/** Writes the few DER forms (X.690) that a certificate needs. Nothing here reads DER. */

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const digits: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.from([0x80 | digits.length, ...digits]);
}

/** Tag, length, content. */
export function tlv(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(body.length), body]);
}

export function sequence(...items: readonly Buffer[]): Buffer {
  return tlv(0x30, ...items);
}

export function set(...items: readonly Buffer[]): Buffer {
  return tlv(0x31, ...items);
}

/** `[n]` around whole elements. */
export function explicit(number: number, ...content: readonly Buffer[]): Buffer {
  return tlv(0xa0 | number, ...content);
}

/** `[n]` in place of a primitive's own tag. */
export function implicit(number: number, content: Buffer): Buffer {
  return tlv(0x80 | number, content);
}

/** A non-negative integer from its big-endian bytes, as short as DER demands. */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  return tlv(0x02, (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

export const yes: Buffer = tlv(0x01, Buffer.from([0xff]));

export function octets(content: Buffer): Buffer {
  return tlv(0x04, content);
}

/** Whole bytes. */
export function bits(content: Buffer): Buffer {
  return tlv(0x03, Buffer.from([0]), content);
}

/** Named bits (X.680 section 22.7): trailing zero bits are not written. */
export function namedBits(...positions: readonly number[]): Buffer {
  const last = Math.max(...positions);
  const bytes = Buffer.alloc(Math.floor(last / 8) + 1);
  for (const position of positions) {
    const index = Math.floor(position / 8);
    bytes[index] = (bytes[index] ?? 0) | (0x80 >> (position % 8));
  }
  return tlv(0x03, Buffer.from([7 - (last % 8)]), bytes);
}

export function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text, "utf8"));
}

/** Base 128 with continuation bits; the first two arcs share a byte. */
export function oid(dotted: string): Buffer {
  const arcs = dotted.split(".").map(Number);
  const numbers = [(arcs[0] ?? 0) * 40 + (arcs[1] ?? 0), ...arcs.slice(2)];
  const bytes = numbers.flatMap((number) => {
    const digits = [number % 128];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift(0x80 | (rest % 128));
    return digits;
  });
  return tlv(0x06, Buffer.from(bytes));
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from then on. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2), "latin1"))
    : tlv(0x18, Buffer.from(digits, "latin1"));
}

/** Reads DER (X.690) strictly: definite and shortest lengths, one-byte tags, nothing beyond its frame. */

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag and length too. */
  readonly whole: Buffer;
}

/** Bytes of the longest length that is read. */
const longestLength = 4;

/** The element at `at`. Throws for what is no DER. */
export function elementAt(bytes: Buffer, at: number): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw notDer();
  let start = at + 2;
  let size = first;
  if (first >= 0x80) {
    const digits = first & 0x7f;
    if (digits === 0 || digits > longestLength || start + digits > bytes.length) throw notDer();
    size = bytes.readUIntBE(start, digits);
    start += digits;
    if (size < 0x80 || (digits > 1 && size < 2 ** (8 * (digits - 1)))) throw notDer();
  }
  const end = start + size;
  if (end > bytes.length) throw notDer();
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

/** The only element of `bytes`. */
export function onlyElement(bytes: Buffer, tag: number): Element {
  const element = elementAt(bytes, 0);
  if (element.tag !== tag || element.whole.length !== bytes.length) throw notDer();
  return element;
}

/** One after the other, so that a list of a million is no array of a million. */
export function* elementsOf(content: Buffer): Generator<Element> {
  for (let at = 0; at < content.length;) {
    const element = elementAt(content, at);
    yield element;
    at += element.whole.length;
  }
}

export function notDer(): Error {
  return new Error("it is not well-formed DER");
}

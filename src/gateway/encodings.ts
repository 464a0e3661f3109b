/** The ways a value commonly travels: what scrubber and scanner look for besides the value itself. */

/** Characters; a shorter value is looked for only as it is, since its encodings would match by accident. */
export const shortestEncoded: number = 8;

/** Bytes; of a longer value only so much is looked for, which any copy of the whole contains. */
export const longestValue: number = 4096;

/**
 * Every form of `value` worth looking for, without repeats: as it is, base64 and base64url at all three alignments,
 * hex, percent-encoded, as JSON string content, and in UTF-16.
 */
export function encodedForms(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value, "utf8").subarray(0, longestValue);
  const forms = new Map<string, Buffer>();
  const add = (form: Buffer): void => {
    if (form.length > 0) forms.set(form.toString("latin1"), form);
  };
  add(bytes);
  if (value.length >= shortestEncoded) {
    for (const text of [...base64Forms(bytes), ...hexForms(bytes), ...percentForms(bytes)])
      add(Buffer.from(text, "latin1"));
    for (const form of utf16Forms(bytes.toString("utf8"))) add(form);
    for (const text of jsonForms(bytes.toString("utf8"))) add(Buffer.from(text, "utf8"));
  }
  return [...forms.values()];
}

/**
 * Base64 (RFC 4648 sections 4 and 5) of the value with 0, 1 or 2 unknown bytes before it, less the characters at
 * both ends that also depend on neighbours.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const sure = text.slice(first, end);
    return [sure, sure.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function hexForms(bytes: Buffer): string[] {
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase()];
}

/** RFC 3986 section 2.1, with the unreserved characters kept, with those a form keeps, and with none kept. */
function percentForms(bytes: Buffer): string[] {
  const keeps = [/[A-Za-z0-9\-._~]/, /[A-Za-z0-9\-._~!'()*]/, /[A-Za-z0-9\-._*]/, /[^\s\S]/];
  return keeps.flatMap((keep) => {
    const upper = percent(bytes, keep, (hex) => hex.toUpperCase());
    const lower = percent(bytes, keep, (hex) => hex);
    return [upper, lower, upper.replaceAll("%20", "+"), lower.replaceAll("%20", "+")];
  });
}

function percent(bytes: Buffer, keep: RegExp, digits: (hex: string) => string): string {
  let text = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text +=
      byte < 0x80 && keep.test(char) ? char : `%${digits(byte.toString(16).padStart(2, "0"))}`;
  }
  return text;
}

/** RFC 2781, in either order of bytes; without the outer bytes that other text around it may not have. */
function utf16Forms(text: string): Buffer[] {
  const little = Buffer.from(text, "utf16le");
  const big = Buffer.from(little).swap16();
  return [little.subarray(0, -1), big.subarray(1)];
}

/** RFC 8259 section 7: the escapes writers must use, and those that some use for `/`, for HTML and for non-ASCII. */
function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const html = plain.replace(/[<>&']/g, unicodeEscape);
  const forms = [plain, plain.replaceAll("/", "\\/"), html];
  return [...forms, ...forms.map((form) => form.replace(/[\u0080-\uffff]/g, unicodeEscape))];
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The ways a value commonly travels that are worth a pattern of their own; what has many spellings is read by views/. */

/** Characters; a shorter value is looked for only as it is, since its encodings would match by accident. */
export const shortestEncoded: number = 8;

/** Bytes; of a longer value only so much is looked for, which any copy of the whole contains. */
export const longestValue: number = 4096;

/**
 * Every form of `value` worth looking for, without repeats: as it is, with the blanks of a form, in UTF-16, in hex, in
 * base64 and base64url at all three alignments, also of its UTF-16, and in base64 twice.
 */
export function encodedForms(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value, "utf8").subarray(0, longestValue);
  const forms = new Map<string, Buffer>();
  const add = (form: Buffer): void => {
    if (form.length > 0) forms.set(form.toString("latin1"), form);
  };
  add(bytes);
  if (value.length >= shortestEncoded) {
    const text = bytes.toString("utf8");
    const wide = Buffer.from(text, "utf16le");
    for (const form of [...base64Forms(bytes), ...base64Forms(wide), ...twice(bytes)])
      add(Buffer.from(form, "latin1"));
    add(Buffer.from(bytes.toString("hex"), "latin1"));
    // The URL standard's form encoding writes blanks so.
    if (text.includes(" ")) add(Buffer.from(text.replaceAll(" ", "+"), "utf8"));
    // RFC 2781, in either order of bytes; without the outer bytes that other text around it may not have.
    add(wide.subarray(0, -1));
    add(Buffer.from(wide).swap16().subarray(1));
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
    return [sure, urlSafe(sure)];
  });
}

/** In one alphabet both times. */
function twice(bytes: Buffer): string[] {
  return base64Forms(bytes).flatMap((once, index) => {
    const plain = index % 2 === 0;
    return base64Forms(Buffer.from(once, "latin1")).filter((_, at) => (at % 2 === 0) === plain);
  });
}

function urlSafe(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_");
}

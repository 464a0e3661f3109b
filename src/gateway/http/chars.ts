/** Character classes of HTTP/1.1 as tables over one byte: 1 where the byte belongs to the class. */

/** RFC 9110 section 5.6.2, `tchar`. */
export const tokenTable: Uint8Array = table((byte) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)),
);

/** RFC 9110 section 5.5: visible ASCII, space, tab and the bytes above ASCII; no control byte. */
export const valueTable: Uint8Array = table(
  (byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f),
);

/** What a request target may hold: visible ASCII without the bytes that parsers of URLs disagree about. */
export const targetTable: Uint8Array = table(
  (byte) => byte > 0x20 && byte < 0x7f && !`"<>\\#`.includes(String.fromCharCode(byte)),
);

/** Whether every character belongs to the class. */
export function all(text: string, from: number, to: number, allowed: Uint8Array): boolean {
  for (let index = from; index < to; index += 1)
    if (allowed[text.charCodeAt(index)] !== 1) return false;
  return true;
}

function table(belongs: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_none, byte) => (belongs(byte) ? 1 : 0));
}

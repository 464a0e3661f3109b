/** The one printer for text that may come from a bottle: what a terminal could obey or hide becomes visible. */
import { isUtf8 } from "node:buffer";

/** Controls, format characters (bidirectional overrides, zero width), lone surrogates, line and paragraph separators. */
const unsafe: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text on one line, every unsafe character written as `\xHH` or `\u{H…}`. */
export function escapeText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** The same for bytes that may be no UTF-8: each that is none is written as `\xHH`. */
export function escapeBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return escapeText(Buffer.from(bytes).toString("utf8"));
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const piece = bytes.subarray(at, at + length);
    const whole = piece.length === length && isUtf8(piece);
    text += whole
      ? escapeText(Buffer.from(piece).toString("utf8"))
      : `\\x${lead.toString(16).padStart(2, "0")}`;
    at += whole ? length : 1;
  }
  return text;
}

/** A line of a file: its tabs stay, as they only move the cursor on. */
export function escapeLine(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf(0x09, at);
    parts.push(escapeBytes(bytes.subarray(at, end < 0 ? bytes.length : end)));
    if (end < 0) return parts.join("\t");
    at = end + 1;
  }
}

/** JSON in plain ASCII: still JSON for programs, and nothing in it that a terminal obeys or that hides. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    // oxlint-disable-next-line no-control-regex -- DEL and everything beyond ASCII
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

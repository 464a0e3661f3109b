/** Makes text from a file fit for an error message or a terminal: no control characters, no token, bounded length. */
import { tokenShape } from "./token-shapes.ts";

/** C0, DEL, C1, line separators, zero-width and bidirectional controls, byte order mark, surrogates left alone. */
const unsafe: RegExp =
  // oxlint-disable-next-line no-control-regex -- these are the characters this file exists to remove
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** Writes every character that a terminal could obey, or that hides others, as a visible escape. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** True if `escapeControls` would change the text. */
export function hasControls(text: string): boolean {
  return text.search(unsafe) !== -1;
}

/** Quotes input for a message; anything shaped like a provider token is left out whole. */
export function quote(text: string, limit = 60): string {
  if (tokenShape(text) !== undefined) return '"(a token, not shown)"';
  const cut =
    text.length > limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, "")}…` : text;
  return `"${escapeControls(cut)}"`;
}

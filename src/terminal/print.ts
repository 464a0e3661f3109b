/** The one printer for text that may come from a bottle: what a terminal could obey or hide becomes visible. */

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

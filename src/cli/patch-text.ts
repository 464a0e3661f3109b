/** One line of a patch for a terminal: escaped, and coloured by what it is. */
import { escapeBytes, escapeLine } from "../terminal/print.ts";
import type { PatchLine } from "../workspace/diff/patch.ts";

/** Select Graphic Rendition (ECMA-48 section 8.3.117), as git colours its patches. */
const colours: Readonly<Record<PatchLine["kind"], string>> = {
  file: "1",
  head: "1",
  hunk: "36",
  added: "32",
  removed: "31",
  same: "",
  note: "2",
};

export function patchLine({ kind, bytes, cut }: PatchLine, colour: boolean): string {
  const isContent = kind === "added" || kind === "removed" || kind === "same";
  const text = isContent ? escapeLine(bytes) : escapeBytes(bytes);
  const more = cut > 0 ? ` [${cut} bytes more]` : "";
  const code = colours[kind];
  return colour && code !== "" ? `\u001b[${code}m${text}\u001b[0m${more}\n` : `${text}${more}\n`;
}

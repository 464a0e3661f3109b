/** Which names from a bottle may become names in the user's repository. */

import { bytesOf } from "../names.ts";

/** Characters that HFS+ ignores in names (git's core.protectHFS): `.g\u200cit` is `.git` there. */
const ignoredByHfs: RegExp = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** False for `.git` in every form that some file system takes for it (core.protectHFS, core.protectNTFS), and for no names at all. */
export function isSafeName(name: string): boolean {
  if (
    name === "" ||
    name === "." ||
    name === ".." ||
    name.includes("/") ||
    name.includes("\0") ||
    name.includes("\\")
  )
    return false;
  const plain = hfsName(name);
  // NTFS cuts trailing dots and spaces, and whatever follows a colon names a stream.
  const ntfs = plain.replace(/:.*$/s, "").replace(/[. ]+$/, "");
  return ![plain, ntfs].some((one) => one === ".git" || /^git~[0-9]+$/.test(one));
}

/** The name as the most forgiving file system takes it: letter case, invisible characters, trailing dots and spaces do not count. */
export function plainName(name: string): string {
  return hfsName(name).replace(/[. ]+$/, "");
}

function hfsName(name: string): string {
  return bytesOf(name).toString("utf8").normalize("NFC").replace(ignoredByHfs, "").toLowerCase();
}

/** A path in fast-import's stream: always quoted, C style. Names are one character a byte. */
export function quotePath(path: string): string {
  return `"${path.replace(/["\\\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`))}"`;
}

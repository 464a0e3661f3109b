/** Which names from a bottle may become names in the user's repository. */

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
  const plain = Buffer.from(name, "latin1")
    .toString("utf8")
    .replace(ignoredByHfs, "")
    .toLowerCase();
  // NTFS cuts trailing dots and spaces, and whatever follows a colon names a stream.
  const ntfs = plain.replace(/:.*$/s, "").replace(/[. ]+$/, "");
  return ![plain, ntfs].some((one) => one === ".git" || /^git~[0-9]+$/.test(one));
}

/** A path in fast-import's stream: always quoted, C style. Names are one character a byte. */
export function quotePath(path: string): string {
  return `"${path.replace(/["\\\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`))}"`;
}

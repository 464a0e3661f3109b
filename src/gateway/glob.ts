/** Path globs: `*` within a segment, `**` across segments. */

/** Compiled once; the time to compare grows with path times glob, never faster, whatever the path is. `lower`: paths come in lower case. */
export function compileGlob(glob: string, lower = false): (path: string) => boolean {
  const pattern = lower ? decode(glob).toLowerCase() : decode(glob);
  const star = pattern.indexOf("*");
  if (star < 0) return (path) => path === pattern;
  if (pattern.endsWith("/**") && star === pattern.length - 2) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  const parts = tokens(pattern);
  return (path) => matches(parts, path);
}

/** Globs come from a checked manifest: percent-encodings in them are whole and harmless. */
function decode(glob: string): string {
  return glob.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function tokens(pattern: string): readonly string[] {
  return pattern.match(/\*\*|[^]/g) ?? [];
}

/** All positions in the glob that the path so far can stand at, moved on by one character at a time. */
function matches(parts: readonly string[], path: string): boolean {
  let at = new Uint8Array(parts.length + 1);
  at[0] = 1;
  skipStars(parts, at);
  for (const char of path) {
    const next = new Uint8Array(parts.length + 1);
    for (let index = 0; index < parts.length; index += 1) {
      if (at[index] === 0) continue;
      const part = parts[index];
      if (part === "**" || (part === "*" && char !== "/")) next[index] = 1;
      else if (part === char && part !== "*") next[index + 1] = 1;
    }
    skipStars(parts, next);
    at = next;
  }
  return at[parts.length] === 1;
}

/** A star may also stand for nothing. */
function skipStars(parts: readonly string[], at: Uint8Array): void {
  for (let index = 0; index < parts.length; index += 1)
    if (at[index] === 1 && (parts[index] === "*" || parts[index] === "**")) at[index + 1] = 1;
}

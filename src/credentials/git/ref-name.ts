/** Names of refs, as git takes them (git-check-ref-format(1)), a little stricter. */

/** Latin1 text, as it came over the wire: bytes beyond ASCII are taken as git takes them. */
export function isRefName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- names with control characters are what this refuses
  if (name.length > 1024 || /[\u0000- ~^:?*[\\\u007f]|\.\.|@\{|\/\/|\/$|\.$/.test(name))
    return false;
  const steps = name.split("/");
  return (
    steps.length > 1 &&
    steps.every((step) => step !== "" && !step.startsWith(".") && !step.endsWith(".lock"))
  );
}

/**
 * Branches that a grant's glob means: `*` one or more characters within a step of the name, `**` across steps; letter case
 * counts. All places in the glob are followed at once, so that time grows with the name, whatever is in it.
 */
export function compileRefGlob(glob: string): (ref: string) => boolean {
  const parts = `refs/heads/${glob}`.match(/\*\*|[^]/g) ?? [];
  return (ref) => {
    let at = new Set([0]);
    for (const char of ref) {
      const next = new Set<number>();
      for (const index of at) {
        const part = parts[index];
        const star = part === "**" || (part === "*" && char !== "/");
        if (star) next.add(index);
        if (star || part === char) next.add(index + 1);
      }
      at = next;
    }
    return at.has(parts.length);
  };
}

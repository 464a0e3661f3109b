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

/** Branches that a grant's glob means: `*` within a step of the name, `**` across steps; letter case counts. */
export function compileRefGlob(glob: string): (ref: string) => boolean {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === "**" ? ".+" : part === "*" ? "[^/]+" : part.replaceAll(/[.+^${}()|[\]\\?]/g, "\\$&"),
    )
    .join("");
  // Names are bounded (isRefName) and a glob has few stars (refGlobFormat): the time to match is too.
  const pattern = new RegExp(`^refs/heads/${source}$`, "s");
  return (ref) => pattern.test(ref);
}

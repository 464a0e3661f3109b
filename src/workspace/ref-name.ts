/** Names of refs and what a ref's file may hold. */

/** git-check-ref-format(1), a little stricter. */
export function isRefName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- names with control characters are what this refuses
  if (name.length > 1024 || /[\u0000- ~^:?*[\\\u007f]|\.\.|@\{|\/\/|\/$|\.$/.test(name))
    return false;
  return name
    .split("/")
    .every((step) => step !== "" && !step.startsWith(".") && !step.endsWith(".lock"));
}

/** The object id that the text is, but for a last line break; `length` in hex digits. */
export function objectIdOf(text: string, length: number): string | undefined {
  const id = text.replace(/\n$/, "");
  return id.length === length && /^[0-9a-f]+$/.test(id) ? id : undefined;
}

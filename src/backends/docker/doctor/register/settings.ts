/** The daemon's settings (daemon.json) with more runtimes in them: everything that was there is kept, and what cannot be kept as it is is refused. */
/** One of its `runtimes`: a program like runc, or a shim of containerd's. */
export type RuntimeEntry =
  | { readonly path: string; readonly runtimeArgs: readonly string[] }
  | { readonly runtimeType: string; readonly options: Readonly<Record<string, string>> };

type Fields = Readonly<Record<string, unknown>>;

/** The new text, or why the old one is left alone. `text` is undefined where there is no file. */
export function withRuntimes(
  text: string | undefined,
  wanted: Readonly<Record<string, RuntimeEntry>>,
): { readonly text: string } | { readonly refused: string } {
  let settings: unknown = {};
  try {
    if (text !== undefined) settings = JSON.parse(text);
  } catch {
    return { refused: "it is no JSON" };
  }
  if (!isObject(settings)) return { refused: "it is no object" };
  // A name that comes twice, a number that would be rounded: written anew, something of it would be lost.
  if (text !== undefined && JSON.stringify(settings) !== packed(text))
    return { refused: "it holds names twice, or values in a form that would be lost" };
  const runtimes = Object.hasOwn(settings, "runtimes") ? settings["runtimes"] : {};
  if (!isObject(runtimes)) return { refused: "its runtimes are no object" };
  const missing = Object.entries(wanted).filter(([name]) => !Object.hasOwn(runtimes, name));
  if (missing.length === 0) return { refused: "it has what would be registered already" };
  const added: Fields = { ...runtimes, ...Object.fromEntries(missing) };
  return { text: `${JSON.stringify({ ...settings, runtimes: added }, undefined, 2)}\n` };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without the white space that is between its words (RFC 8259 section 2). */
function packed(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, (_, word?: string) => word ?? "");
}

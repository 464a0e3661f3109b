/** Reads and writes git's config format (git-config(1), "Syntax") without git: reading runs nothing and includes nothing. */

export interface ConfigEntry {
  /** Lower case, as git compares it. */
  readonly section: string;
  /** As written; undefined without one. */
  readonly subsection: string | undefined;
  /** Lower case. */
  readonly key: string;
  /** Undefined for a key without `=`, which means true. */
  readonly value: string | undefined;
}

const headers = /^\[([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\[^\n])*)")?\]/;
const keys = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*/;

/** Its entries in order, one character a byte; `badLine` instead if git would refuse it as well. */
export function parseConfig(
  text: string,
): { readonly entries: readonly ConfigEntry[] } | { readonly badLine: number } {
  const entries: ConfigEntry[] = [];
  // git skips a byte order mark, and a carriage return before a line's end.
  const input = text.replace(/^\u00ef\u00bb\u00bf/, "").replaceAll("\r\n", "\n");
  let section: readonly [string, string | undefined] | undefined;
  let at = 0;
  const bad = (): { badLine: number } => ({ badLine: input.slice(0, at).split("\n").length });
  for (;;) {
    at = skipBlank(input, at);
    if (at >= input.length) return { entries };
    if (input[at] === "[") {
      const found = headers.exec(input.slice(at, input.indexOf("\n", at) >>> 0));
      if (found === null) return bad();
      section = sectionOf(found[1] ?? "", found[2]);
      at += found[0].length;
      continue;
    }
    const name = keys.exec(input.slice(at, at + maxKey));
    if (name === null || section === undefined) return bad();
    at += name[0].length;
    const [sectionName, subsection] = section;
    const entry = { section: sectionName, subsection, key: (name[1] ?? "").toLowerCase() };
    if (input[at] !== "=") {
      if (at < input.length && input[at] !== "\n") return bad();
      entries.push({ ...entry, value: undefined });
      continue;
    }
    const value = readValue(input, at + 1);
    if (value === undefined) return bad();
    entries.push({ ...entry, value: value.text });
    at = value.end;
  }
}

const maxKey = 1024;

/** `[a "B"]`, or `[a.b]` of old, whose second part is lower case. */
function sectionOf(
  name: string,
  quoted: string | undefined,
): readonly [string, string | undefined] {
  const lower = name.toLowerCase();
  if (quoted !== undefined) return [lower, quoted.replace(/\\(.)/g, "$1")];
  const dot = lower.indexOf(".");
  return dot < 0 ? [lower, undefined] : [lower.slice(0, dot), lower.slice(dot + 1)];
}

function skipBlank(input: string, from: number): number {
  const blank = /(?:\s|[#;][^\n]*)*/y;
  blank.lastIndex = from;
  blank.test(input);
  return blank.lastIndex;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  b: "\b",
  "\\": "\\",
  '"': '"',
};

/** Up to the end of the line, less comment and outer blanks; a backslash before the line's end goes on. */
function readValue(
  input: string,
  from: number,
): { readonly text: string; readonly end: number } | undefined {
  let text = "";
  let kept = 0;
  let quoted = false;
  for (let at = from; ; at += 1) {
    const char = input[at];
    if (char === undefined || char === "\n") {
      return quoted ? undefined : { text: text.slice(0, kept), end: at };
    }
    if (char === '"') {
      quoted = !quoted;
      kept = text.length;
    } else if (!quoted && (char === "#" || char === ";")) {
      const line = input.indexOf("\n", at);
      return { text: text.slice(0, kept), end: line < 0 ? input.length : line };
    } else if (char === "\\") {
      at += 1;
      const next = input[at];
      if (next === "\n") continue;
      const meant = escapes[next ?? ""];
      if (meant === undefined) return undefined;
      text += meant;
      kept = text.length;
    } else if (!quoted && /\s/.test(char)) {
      if (text !== "") text += char;
    } else {
      text += char;
      kept = text.length;
    }
  }
}

/** The text of a config file with these entries. */
export function formatConfig(entries: readonly ConfigEntry[]): string {
  let text = "";
  let last: string | undefined;
  for (const { section, subsection, key, value } of entries) {
    const header =
      subsection === undefined
        ? `[${section}]`
        : `[${section} "${subsection.replace(/["\\]/g, "\\$&")}"]`;
    if (header !== last) text += `${header}\n`;
    last = header;
    text += value === undefined ? `\t${key}\n` : `\t${key} = ${quoteValue(value)}\n`;
  }
  return text;
}

function quoteValue(value: string): string {
  const escaped = value
    .replace(/["\\]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\b", "\\b");
  return `"${escaped}"`;
}

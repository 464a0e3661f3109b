/** What git's config names in the folder: read as text, because git itself must not be asked in a folder that an agent could write. */

/** Keys whose value is a path, from the working tree's top on. */
const pathKeys = /^core\.(?:hookspath|attributesfile|excludesfile)$/;
/** From the config file's own folder on. */
const includeKeys = /^include(?:if\..*)?\.path$/s;
/** Keys whose value is a command line; its words are files if they have a slash. */
const commandKeys =
  /^(?:core\.(?:fsmonitor|sshcommand|editor|pager|askpass|gitproxy|alternaterefscommand)|sequence\.editor|diff\.external|(?:filter|diff|merge|gpg|credential|difftool|mergetool|trailer|pager|browser|web|man|guitool|alias|interactive|uploadpack|lfs|hook)\..*|remote\..*\.(?:uploadpack|receivepack|vcs))$/s;

export interface NamedPath {
  readonly path: string;
  /** What a relative path begins at: the working tree's top, or the config file's folder. */
  readonly from: "tree" | "file";
  /** A word of a command: a file, or nothing of interest. */
  readonly isWord: boolean;
}

export function pathsInConfig(text: string): readonly NamedPath[] {
  return entriesOf(text).flatMap(([key, value]): NamedPath[] => {
    if (value.startsWith("~")) return [];
    if (pathKeys.test(key)) return [{ path: value, from: "tree", isWord: false }];
    if (includeKeys.test(key)) return [{ path: value, from: "file", isWord: false }];
    if (!commandKeys.test(key)) return [];
    return value
      .split(/[\s"'`;&|()<>=]+/)
      .filter((word) => word.includes("/") && !word.includes("://"))
      .map((path) => ({ path, from: "tree", isWord: true }));
  });
}

/** git-config(1), "Syntax": section, subsection and key, the first and last in lower case. */
function entriesOf(text: string): readonly (readonly [string, string])[] {
  const entries: (readonly [string, string])[] = [];
  let section = "";
  for (const line of text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/)) {
    let rest = line.trim();
    const head = /^\[\s*([\w.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/.exec(rest);
    if (head !== null) {
      const name = (head[1] ?? "").toLowerCase();
      section = head[2] === undefined ? name : `${name}.${head[2].replaceAll(/\\(.)/g, "$1")}`;
      rest = rest.slice(head[0].length).trim();
    }
    const pair = /^([A-Za-z][\w-]*)\s*=\s*(.*)$/.exec(rest);
    if (pair !== null)
      entries.push([`${section}.${(pair[1] ?? "").toLowerCase()}`, unquote(pair[2] ?? "")]);
  }
  return entries;
}

/** Without quotes and comments; an escaped character is itself. */
function unquote(value: string): string {
  let out = "";
  let quoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at] ?? "";
    if (char === "\\") out += value[(at += 1)] ?? "";
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "#" || char === ";")) break;
    else out += char;
  }
  return out.trim();
}

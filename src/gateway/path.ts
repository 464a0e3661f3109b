/** Paths in the one form that rules compare, or a refusal where two servers could read them differently. */
import { Refusal } from "./refusal.ts";

/** Longer paths are not compared with rules. */
const longest = 4096;

/** The target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/** The target's query with its `?`, or empty. */
export function queryOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? "" : target.slice(query);
}

/**
 * Decodes percent-encodings, so that a rule for `/a@b` covers `/a%40b` (RFC 3986 section 6.2.2.2). Refused: dot and
 * empty segments, a hidden dot, slash, backslash, percent sign or control byte, a broken encoding, bytes that are no
 * UTF-8, and letters that fold into any of these (Unicode Standard Annex 15, NFKC).
 */
export function comparablePath(path: string): string {
  if (path.length > longest) throw ambiguous("it is too long to compare");
  if (!/%|\/\/|\/\.|\\/.test(path)) return path;
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) throw ambiguous("it has a broken percent-encoding");
  if (/%(?:2[ef]|5c|25|[01][0-9a-f]|7f)/i.test(path))
    throw ambiguous("it hides a dot, a slash, a percent sign or a control byte");
  if (/\\|\/\/|\/\.{1,2}(?:[/;]|$)/.test(path)) throw ambiguous("it has an empty or dot segment");
  const decoded = path.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (/\/\.{1,2} *(?:[/;]|$)/.test(decoded)) throw ambiguous("it hides a dot segment");
  const beyond = utf8(decoded).replace(/[\0-\x7f]/g, "");
  if (/[./\\;%?]/.test(beyond.normalize("NFKC")))
    throw ambiguous("it has a letter that some servers take for a dot or a slash");
  return decoded;
}

/**
 * npm asks for `@scope/name` as `/@scope%2fname`, and registries read both alike: the one hidden slash that is none. Whatever
 * else is odd about the path is left for `comparablePath` to find.
 */
export function scopedPath(path: string): string {
  return path.replace(/(\/@[\w.~-]{1,214})%2f(?=[\w.~-])/i, "$1/");
}

function utf8(latin1: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(latin1, "latin1"));
  } catch {
    throw ambiguous("it is not UTF-8");
  }
}

/**
 * The paths that a server may make of one in comparable form: without parameters (`/admin;x`, RFC 3986 section 3.3),
 * without the last slash, whatever the case of its letters. A deny rule that covers one of them covers the request.
 */
export function deniableForms(comparable: string): readonly string[] {
  const lower = comparable.toLowerCase();
  const bare = lower.replace(/;[^/]*/g, "");
  return [...new Set([lower, bare].flatMap((path) => [path, path.replace(/(.)\/+$/, "$1")]))];
}

function ambiguous(reason: string): Refusal {
  return new Refusal("ambiguous-path", "The path can be read in more than one way.", { reason });
}

/** Globs of paths and refs, as the manifest has them: `*` stays within a segment, `**` does not, and all of them begin at the top. */

import { nameOf } from "./names.ts";

export interface Globs {
  /** The path itself is named by a glob. */
  names(path: string): boolean;
  /** The path is named by a glob, or is below a folder that is. */
  has(path: string): boolean;
  /** Something below the folder may be named by a glob. */
  mayLeadTo(folder: string): boolean;
}

export function globs(patterns: readonly string[]): Globs {
  // Paths are one character a byte.
  const all = patterns.map((pattern) => nameOf(pattern).split("/").map(matcherOf));
  return {
    names: (path) =>
      all.some((matchers) => reachedBy(matchers, path.split("/")).has(matchers.length)),
    has: (path) => all.some((matchers) => matches(matchers, path.split("/"))),
    mayLeadTo: (folder) => all.some((matchers) => reachedBy(matchers, folder.split("/")).size > 0),
  };
}

/** Undefined for `**`. */
type Matcher = ((segment: string) => boolean) | undefined;

function matcherOf(segment: string): Matcher {
  if (segment === "**") return undefined;
  if (!segment.includes("*")) return (text) => text === segment;
  const pieces = segment.split(/\*+/);
  return (text) => fits(text, pieces);
}

/** First and last piece at the ends, the others in order between them: no backtracking, however hostile the name. */
function fits(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** Which pattern positions are reached after each segment; a set, so that many `**` cost no more than their number. */
function positions(
  matchers: readonly Matcher[],
  before: ReadonlySet<number>,
  segment: string,
): Set<number> {
  const after = new Set<number>();
  for (const at of before) {
    const matcher = matchers[at];
    if (at < matchers.length && matcher === undefined) add(matchers, after, at);
    else if (matcher?.(segment) === true) add(matchers, after, at + 1);
  }
  return after;
}

/** `**` also stands for nothing. */
function add(matchers: readonly Matcher[], to: Set<number>, at: number): void {
  to.add(at);
  if (at < matchers.length && matchers[at] === undefined) add(matchers, to, at + 1);
}

function start(matchers: readonly Matcher[]): Set<number> {
  const first = new Set<number>();
  add(matchers, first, 0);
  return first;
}

function matches(matchers: readonly Matcher[], path: readonly string[]): boolean {
  let reached = start(matchers);
  for (const segment of path) {
    reached = positions(matchers, reached, segment);
    if (reached.has(matchers.length)) return true;
    if (reached.size === 0) return false;
  }
  return false;
}

function reachedBy(matchers: readonly Matcher[], path: readonly string[]): ReadonlySet<number> {
  let reached = start(matchers);
  for (const segment of path) reached = positions(matchers, reached, segment);
  return reached;
}

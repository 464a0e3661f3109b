/** What of a commit is needed to know its place in history. */
import type { ObjectFormat } from "./object-id.ts";
import { formatOf } from "./object-id.ts";
import { GitFormatError } from "./pkt-line.ts";

/** The parents, in their order: `tree` first, then every `parent`, as git itself reads it. Throws for what is no commit. */
export function parentsOf(commit: Buffer, format: ObjectFormat): readonly string[] {
  const length = format === "sha1" ? 40 : 64;
  const id = (name: string, at: number): string | undefined => {
    const end = at + name.length + 1 + length;
    if (commit.toString("latin1", at, at + name.length + 1) !== `${name} ` || commit[end] !== 0x0a)
      return undefined;
    const text = commit.toString("latin1", end - length, end);
    if (formatOf(text) !== format) throw new GitFormatError("a commit names no object");
    return text;
  };
  if (id("tree", 0) === undefined) throw new GitFormatError("a commit without a tree");
  const parents: string[] = [];
  for (let at = 6 + length; ; at += 8 + length) {
    const parent = id("parent", at);
    if (parent === undefined) break;
    if (parents.push(parent) > 1024) throw new GitFormatError("a commit has too many parents");
  }
  const author = 6 + length + parents.length * (8 + length);
  if (commit.toString("latin1", author, author + 7) !== "author ")
    throw new GitFormatError("a commit without an author");
  return parents;
}

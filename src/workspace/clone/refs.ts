/** Reads a repository's refs without git and without following a link: those of a hostile clone could lead into another repository. */
import { isRefName, objectIdOf } from "../ref-name.ts";
import type { SafeFolder } from "../safe-folder.ts";
import { refusedGit } from "./refused.ts";

const maxRef = 4096;
const maxPackedRefs = 256 * 1024 * 1024;
const maxLoose = 200_000;
const maxDepth = 32;

/** Whose history may come along; never stash, notes, replace refs, or what a tool keeps elsewhere. */
const spaces = ["heads", "tags", "remotes"] as const;

export type Head =
  | { readonly kind: "branch"; readonly ref: string }
  | { readonly kind: "commit"; readonly id: string };

export interface Refs {
  readonly head: Head;
  /** Full name to object id, in git's order. Names are one character a byte. */
  readonly ids: ReadonlyMap<string, string>;
  /** Full name to full name, such as `refs/remotes/origin/HEAD`. */
  readonly symbolic: ReadonlyMap<string, string>;
  /** Refs whose file holds no id. */
  readonly broken: readonly string[];
}

/** `own` has the HEAD, `common` the branches; the same folder but in a linked worktree. */
export function readRefs(own: SafeFolder, common: SafeFolder, idLength: number): Refs {
  const ids = new Map<string, string>(packedRefs(common, idLength));
  const found: Loose = { ids, symbolic: new Map(), broken: [], idLength, count: 0 };
  using top = common.folder("refs");
  if (top === undefined) throw refusedGit("Its refs are not a folder in it.");
  for (const space of spaces) looseRefs(common, `refs/${space}`, found, 0);
  const sorted = [...ids].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { symbolic, broken } = found;
  return { head: readHead(own, idLength), ids: new Map(sorted), symbolic, broken };
}

function readHead(own: SafeFolder, idLength: number): Head {
  // Before 2006 HEAD was a link; git still takes one.
  const link = own.link("HEAD")?.toString("latin1");
  const text = link === undefined ? own.read("HEAD", maxRef)?.toString("latin1") : `ref: ${link}`;
  if (text === undefined) throw refusedGit("It has no HEAD.");
  const ref = targetOf(text);
  if (ref !== undefined) return { kind: "branch", ref };
  const id = objectIdOf(text, idLength);
  if (id === undefined) throw refusedGit("Its HEAD names neither a branch nor a commit.");
  return { kind: "commit", id };
}

/** What `ref: refs/heads/main` names. */
function targetOf(text: string): string | undefined {
  const ref = /^ref:\s*(refs\/[^\n]+?)\s*$/.exec(text)?.[1];
  return ref !== undefined && isRefName(ref) ? ref : undefined;
}

interface Loose {
  readonly ids: Map<string, string>;
  readonly symbolic: Map<string, string>;
  readonly broken: string[];
  readonly idLength: number;
  count: number;
}

function looseRefs(common: SafeFolder, path: string, found: Loose, depth: number): void {
  using folder = common.folder(path);
  if (folder === undefined || depth > maxDepth) return;
  for (const { name, kind } of folder.names()) {
    const ref = `${path}/${name}`;
    if (kind === "folder") looseRefs(common, ref, found, depth + 1);
    if (kind !== "file" || !isRefName(ref)) continue;
    found.count += 1;
    if (found.count > maxLoose) throw refusedGit(`It has more than ${maxLoose} loose refs.`);
    const text = folder.read(name, maxRef)?.toString("latin1") ?? "";
    const id = objectIdOf(text, found.idLength);
    const target = targetOf(text);
    if (id !== undefined) found.ids.set(ref, id);
    else found.ids.delete(ref);
    if (target !== undefined) found.symbolic.set(ref, target);
    else if (id === undefined) found.broken.push(ref);
  }
}

/** gitrepository-layout(5): a line for each ref; one that begins with `^` says what the tag above it is of. */
function* packedRefs(common: SafeFolder, idLength: number): Generator<[string, string]> {
  const text = common.read("packed-refs", maxPackedRefs)?.toString("latin1") ?? "";
  for (const line of text.split("\n")) {
    const ref = line.slice(idLength + 1);
    const id = objectIdOf(line.slice(0, idLength), idLength);
    if (id === undefined || !spaces.some((space) => ref.startsWith(`refs/${space}/`))) continue;
    if (isRefName(ref)) yield [ref, id];
  }
}

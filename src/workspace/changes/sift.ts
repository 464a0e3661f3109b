/** Tells what a bottle changed from what it was given: files that the owner had not committed, masked ones, large files that git keeps elsewhere. */
import { printable } from "../names.ts";
import { blobId, blobIdOf } from "../stage/content.ts";
import { sameEntry } from "../stage/entry.ts";
import type { Entry } from "../stage/entry.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { TreeFile } from "../stage/tree.ts";
import type { CopyFacts } from "./facts.ts";
import { givenAt, isOwners } from "./given.ts";
import type { Given } from "./given.ts";
import { isPointedAt } from "./pointers.ts";
import type { Pointer } from "./pointers.ts";
import { maxFile } from "./walk.ts";
import type { Found, FoundFile } from "./walk.ts";

/** What stands at a path at the start, where that is not what the base commit has. */
export type StartEdit =
  | { readonly kind: "owner"; readonly file: FoundFile }
  | { readonly kind: "entry"; readonly entry: Entry }
  | { readonly kind: "absent" }
  /** It was given, and its content is nowhere any more. */
  | { readonly kind: "lost" };

export interface Sifted {
  /** Comes from the bottle's folder. */
  readonly changed: readonly FoundFile[];
  readonly deleted: readonly string[];
  readonly start: ReadonlyMap<string, StartEdit>;
  /** Files that are not as they are committed and that the bottle has not touched: the owner's own. */
  readonly untouched: readonly string[];
}

export interface SiftOptions {
  readonly work: SafeFolder;
  readonly owner: SafeFolder;
  readonly facts: CopyFacts;
  readonly format: "sha1" | "sha256";
  readonly found: Found;
  /** The files of the bottle's commit, and where its commits differ from the base's. */
  readonly committed: ReadonlyMap<string, TreeFile>;
  readonly base: ReadonlyMap<string, Entry | undefined>;
  readonly pointers: ReadonlyMap<string, Pointer>;
}

export function sift(options: SiftOptions): Sifted {
  const { owner, work, facts, format, found, committed, base, pointers } = options;
  const changed: FoundFile[] = [];
  const deleted: string[] = [];
  const start = new Map<string, StartEdit>();
  const untouched: string[] = [];
  const baseEntry = (path: string): Entry | undefined =>
    base.has(path) ? base.get(path) : committed.get(path);

  /** The bottle's folder holds what was given: the path stays as it is committed, before and after. */
  function same(path: string): void {
    untouched.push(path);
    const entry = committed.get(path);
    if (!sameEntry(entry, baseEntry(path)))
      start.set(path, entry === undefined ? { kind: "absent" } : { kind: "entry", entry });
  }

  function startedAs(given: Given, file: FoundFile): void {
    // What the owner has there is for nobody's eyes, and not to be written over.
    if (facts.masked.has(printable(file.path))) start.set(file.path, { kind: "lost" });
    else if (given === "owner")
      start.set(file.path, isTooLarge(owner, file) ? { kind: "lost" } : { kind: "owner", file });
    else if (given === "absent" && baseEntry(file.path) !== undefined)
      start.set(file.path, { kind: "absent" });
    else if (
      given === "unknown" &&
      facts.list?.has(file.path) === true &&
      baseEntry(file.path) === undefined
    )
      start.set(file.path, { kind: "lost" });
  }

  /** Without a commit to compare with, what the owner has meanwhile as well is no difference any more. */
  function isAlike(given: Given, path: string): boolean {
    return (
      given === "owner" ||
      (given === "unknown" && !committed.has(path) && facts.list?.has(path) === true)
    );
  }

  for (const file of found.changed) {
    if (isMaskedStill(work, facts, file)) {
      same(file.path);
      continue;
    }
    const given = givenAt(owner, facts, file);
    if (
      (isAlike(given, file.path) && isOwners(owner, work, file, format)) ||
      isPointedAt(work, file, pointers.get(file.path))
    )
      same(file.path);
    else {
      changed.push(file);
      startedAs(given, { ...file, kind: ownersKind(owner, file) });
    }
  }

  for (const path of found.deleted) {
    const file = placeOf(path);
    const given =
      facts.list === undefined && wasAbsent(owner, facts, file)
        ? "absent"
        : givenAt(owner, facts, file);
    const alike = isAlike(given, path) && given === "unknown" && isMissing(owner, file);
    if (given === "absent" || alike || facts.masked.has(printable(path))) same(path);
    // Without git and a list, a file that only the owner has may be new.
    else if (given === "unknown" && facts.list === undefined && !committed.has(path)) continue;
    else {
      deleted.push(path);
      startedAs(given, { ...file, kind: ownersKind(owner, file) });
    }
  }

  /** The same for what the bottle committed: `entry` is what the owner's commit has. */
  function committedStart(path: string, entry: Entry | undefined): StartEdit | undefined {
    const now = committed.get(path);
    const place = placeOf(path);
    const file = { ...place, kind: ownersKind(owner, place) };
    if (facts.masked.has(printable(path))) {
      if (now === undefined) return { kind: "absent" };
      return now.id === blobIdOf(nothing, format)
        ? { kind: "entry", entry: now }
        : { kind: "lost" };
    }
    const given = givenAt(owner, facts, file);
    if (given === "absent") return entry === undefined ? undefined : { kind: "absent" };
    if (given !== "owner") return undefined;
    const owners = ownersEntry(owner, file, format);
    if (now !== undefined && sameEntry(owners, now)) return { kind: "entry", entry: now };
    return sameEntry(owners, entry) ? undefined : { kind: "owner", file };
  }

  const loose = new Set([...found.changed.map(({ path }) => path), ...found.deleted]);
  for (const [path, entry] of base) {
    const edit = loose.has(path) ? undefined : committedStart(path, entry);
    if (edit !== undefined) start.set(path, edit);
  }
  return { changed, deleted, start, untouched };
}

const nothing = Buffer.alloc(0);

function isTooLarge(owner: SafeFolder, { folder, name }: FoundFile): boolean {
  using open = owner.folder(folder);
  return (open?.stat(name)?.size ?? 0n) > BigInt(maxFile);
}

/** Empty inside, because it was masked, and empty still. */
function isMaskedStill(
  work: SafeFolder,
  facts: CopyFacts,
  { folder, name, path, kind }: FoundFile,
): boolean {
  if (kind !== "file" || !facts.masked.has(printable(path))) return false;
  using open = work.folder(folder);
  using file = open?.file(name);
  return file?.size === 0;
}

/** Nothing was there when the copy was made: the folder that would hold it has not changed since. */
function wasAbsent(
  owner: SafeFolder,
  facts: CopyFacts,
  { folder, name }: Omit<FoundFile, "kind">,
): boolean {
  for (let path = folder; ; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
    using open = owner.folder(path);
    if (open !== undefined) {
      const inside =
        path === folder
          ? name
          : (folder
              .slice(path.length)
              .split("/")
              .find((step) => step !== "") ?? name);
      return open.stat(inside) === undefined && Number(open.self().ctimeNs) / 1e6 < facts.begun;
    }
    if (path === "") return false;
  }
}

function isMissing(owner: SafeFolder, { folder, name }: Omit<FoundFile, "kind">): boolean {
  using open = owner.folder(folder);
  return open?.stat(name) === undefined;
}

function ownersKind(owner: SafeFolder, { folder, name }: Omit<FoundFile, "kind">): "file" | "link" {
  using open = owner.folder(folder);
  return open?.stat(name)?.isSymbolicLink() === true ? "link" : "file";
}

function ownersEntry(
  owner: SafeFolder,
  { folder, name, kind }: FoundFile,
  format: "sha1" | "sha256",
): Entry | undefined {
  using open = owner.folder(folder);
  if (kind === "link") {
    const to = open?.link(name);
    return to && { mode: "120000", id: blobIdOf(to, format) };
  }
  using file = open?.file(name);
  const id = file && blobId(file, format);
  return id === undefined
    ? undefined
    : { mode: file?.executable === true ? "100755" : "100644", id };
}

/** A path cut into what a found file says of itself. */
export function placeOf(path: string): Omit<FoundFile, "kind"> {
  const cut = path.lastIndexOf("/");
  return { folder: path.slice(0, Math.max(0, cut)), name: path.slice(cut + 1), path };
}

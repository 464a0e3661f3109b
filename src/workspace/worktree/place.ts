/** What the owner has at a path, and what is in the way to it; no link is followed. */
import type { BigIntStats } from "node:fs";
import { placeOf } from "../changes/sift.ts";
import { blobId, blobIdOf } from "../stage/content.ts";
import type { Entry } from "../stage/entry.ts";
import type { SafeFolder } from "../safe-folder.ts";

/** Tells a file from any other that could take its place. */
export interface Seen {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export type Place =
  | { readonly kind: "none" }
  | { readonly kind: "file"; readonly entry: Entry; readonly seen: Seen; readonly mode: number }
  | { readonly kind: "folder" }
  /** A device, a socket, or a file that cannot be read. */
  | { readonly kind: "other" }
  /** Something that is no folder stands at a step of the way. */
  | { readonly kind: "blocked"; readonly at: string; readonly by: "link" | "file" };

export function readPlace(owner: SafeFolder, path: string, format: "sha1" | "sha256"): Place {
  const blocked = blockedAt(owner, path);
  if (blocked !== undefined) return blocked;
  const { folder, name } = placeOf(path);
  using open = owner.folder(folder);
  const found = open?.stat(name);
  if (open === undefined || found === undefined) return { kind: "none" };
  if (found.isDirectory()) return { kind: "folder" };
  const entry = entryOf(open, name, found, format);
  if (entry === undefined) return { kind: "other" };
  return { kind: "file", entry, seen: seenOf(found), mode: Number(found.mode & 0o7777n) };
}

export function seenOf({ ino, size, mtimeNs }: BigIntStats): Seen {
  return { ino, size, mtimeNs };
}

export function isSeen(found: BigIntStats | undefined, { ino, size, mtimeNs }: Seen): boolean {
  return found?.ino === ino && found.size === size && found.mtimeNs === mtimeNs;
}

function entryOf(
  open: SafeFolder,
  name: string,
  found: BigIntStats,
  format: "sha1" | "sha256",
): Entry | undefined {
  if (found.isSymbolicLink()) {
    const to = open.link(name);
    return to && { mode: "120000", id: blobIdOf(to, format) };
  }
  if (!found.isFile()) return undefined;
  using file = open.file(name);
  const id = file && blobId(file, format);
  if (file === undefined || id === undefined) return undefined;
  return { mode: file.executable ? "100755" : "100644", id };
}

function blockedAt(owner: SafeFolder, path: string): Place | undefined {
  const steps = path.split("/").slice(0, -1);
  for (const [index, name] of steps.entries()) {
    using open = owner.folder(steps.slice(0, index).join("/"));
    const found = open?.stat(name);
    if (found === undefined) return undefined;
    if (!found.isDirectory())
      return {
        kind: "blocked",
        at: steps.slice(0, index + 1).join("/"),
        by: found.isSymbolicLink() ? "link" : "file",
      };
  }
  return undefined;
}

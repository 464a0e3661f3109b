/** What a bottle was given at a path: the owner's own file, as long as it still is what it was when the copy was made. */
import type { BigIntStats } from "node:fs";
import { blobId, blobIdOf, plainSha256 } from "../stage/content.ts";
import type { OpenFile, SafeFolder } from "../safe-folder.ts";
import type { CopyFacts } from "./facts.ts";
import { isSameTime, sha256Of } from "./reference.ts";
import type { ListedFile } from "./reference.ts";
import type { FoundFile } from "./walk.ts";

/**
 * `owner`: the owner's file is what was given. `absent`: nothing was. `unknown`: the owner has changed it since, or nobody can
 * tell; then what is committed there counts.
 */
export type Given = "owner" | "absent" | "unknown";

/** No link is followed on the owner's side either: what he has now need not be what he had. */
export function givenAt(
  owner: SafeFolder,
  facts: CopyFacts,
  { folder, name, path }: Pick<FoundFile, "folder" | "name" | "path">,
): Given {
  using open = owner.folder(folder);
  const found = open?.stat(name);
  if (facts.list !== undefined) {
    const listed = facts.list.get(path);
    if (listed === undefined) return "absent";
    const same = open !== undefined && found !== undefined && isListed(open, name, found, listed);
    return same ? "owner" : "unknown";
  }
  if (found === undefined || kindOf(found) === undefined) return "unknown";
  return Number(found.ctimeNs) / 1e6 < facts.begun ? "owner" : "unknown";
}

/** Whether the owner's file is the one that was copied. */
function isListed(
  open: SafeFolder,
  name: string,
  found: BigIntStats,
  { kind, executable, size, modifiedAt, sha256 }: ListedFile,
): boolean {
  if (kindOf(found) !== kind) return false;
  if (kind === "link") {
    const to = open.link(name);
    return to !== undefined && sha256Of(to) === sha256;
  }
  if (Number(found.size) !== size || isExecutable(found) !== executable) return false;
  if (isSameTime(Number(found.mtimeNs) / 1e6, modifiedAt)) return true;
  using file = open.file(name);
  return sha256 !== undefined && file !== undefined && plainSha256(file) === sha256;
}

/** Whether the bottle's file holds what the owner's does: kind, right to be run, content. */
export function isOwners(
  owner: SafeFolder,
  work: SafeFolder,
  { folder, name, kind }: FoundFile,
  format: "sha1" | "sha256",
): boolean {
  using theirs = work.folder(folder);
  using ours = owner.folder(folder);
  if (kind === "link") {
    const [one, other] = [theirs?.link(name), ours?.link(name)];
    return (
      one !== undefined && other !== undefined && blobIdOf(one, format) === blobIdOf(other, format)
    );
  }
  using one = theirs?.file(name);
  using other = ours?.file(name);
  return one !== undefined && other !== undefined && isSameContent(one, other, format);
}

function isSameContent(one: OpenFile, other: OpenFile, format: "sha1" | "sha256"): boolean {
  if (one.size !== other.size || one.executable !== other.executable) return false;
  const id = blobId(one, format);
  return id !== undefined && id === blobId(other, format);
}

function kindOf(found: BigIntStats): "file" | "link" | undefined {
  if (found.isFile()) return "file";
  return found.isSymbolicLink() ? "link" : undefined;
}

function isExecutable(found: BigIntStats): boolean {
  return (found.mode & 0o100n) !== 0n;
}

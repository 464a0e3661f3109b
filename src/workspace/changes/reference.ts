/** What a bottle's files are compared with: a commit's tree, or the list of what was copied. */
import { createHash } from "node:crypto";
import { blobId, blobIdOf, plainSha256 } from "../stage/content.ts";
import type { OpenFile } from "../safe-folder.ts";
import { addFolders } from "../stage/tree.ts";
import type { Tree } from "../stage/tree.ts";

export interface Reference {
  readonly paths: Iterable<string>;
  readonly folders: ReadonlySet<string>;
  has(path: string): boolean;
  isSubmodule(path: string): boolean;
  /** Whether the file is the one that is known at the path. */
  isSameFile(path: string, file: OpenFile): boolean;
  isSameLink(path: string, to: Buffer): boolean;
}

/** One copied file. */
export interface ListedFile {
  readonly kind: "file" | "link";
  readonly executable: boolean;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Of a file's content, or of where a link points to. */
  readonly sha256: string | undefined;
}

export type FileList = ReadonlyMap<string, ListedFile>;

export function treeReference(tree: Tree, format: "sha1" | "sha256"): Reference {
  const { files, folders } = tree;
  return {
    paths: files.keys(),
    folders,
    has: (path) => files.has(path),
    isSubmodule: (path) => files.get(path)?.mode === "160000",
    isSameFile(path, file) {
      const known = files.get(path);
      if (known?.mode !== (file.executable ? "100755" : "100644") || known.size !== file.size)
        return false;
      return known.id === blobId(file, format);
    },
    isSameLink(path, to) {
      const known = files.get(path);
      return known?.mode === "120000" && known.id === blobIdOf(to, format);
    },
  };
}

/** Size and time of the last change tell two files apart, as they do for git and rsync. */
export function listReference(files: FileList): Reference {
  const folders = new Set<string>();
  for (const path of files.keys()) addFolders(folders, path);
  return {
    paths: files.keys(),
    folders,
    has: (path) => files.has(path),
    isSubmodule: () => false,
    isSameFile(path, file) {
      const known = files.get(path);
      if (known === undefined) return false;
      const { kind, executable, size, modifiedAt, sha256 } = known;
      if (kind !== "file" || executable !== file.executable || size !== file.size) return false;
      if (isSameTime(modifiedAt, file.modifiedAt)) return true;
      return sha256 !== undefined && sha256 === plainSha256(file);
    },
    isSameLink(path, to) {
      const known = files.get(path);
      return known?.kind === "link" && known.sha256 === sha256Of(to);
    },
  };
}

/** Where a link points to, as a list holds it. */
export function sha256Of(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A copy's time is set from a number of seconds with a fraction, and loses what is below a microsecond. */
export function isSameTime(one: number, other: number): boolean {
  return Math.abs(one - other) < 1;
}

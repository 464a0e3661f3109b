/** Files of Git LFS: committed as a pointer, in the folder as they are. Their content is judged by the pointer, and no filter is run. */
import { smallBlobs } from "../stage/blobs.ts";
import { plainSha256 } from "../stage/content.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "../stage/stage.ts";
import type { TreeFile } from "../stage/tree.ts";
import type { FoundFile } from "./walk.ts";

export interface Pointer {
  readonly sha256: string;
  readonly size: number;
}

/** The specification has pointers shorter than this (git-lfs docs/spec.md). */
export const maxPointer: number = 1024;

/** Which of the files are committed as pointers. */
export async function readPointers(
  stage: Stage,
  files: readonly FoundFile[],
  committed: ReadonlyMap<string, TreeFile>,
): Promise<ReadonlyMap<string, Pointer>> {
  const candidates = files
    .map(({ path }) => ({ path, file: committed.get(path) }))
    .filter(({ file }) => file?.size !== undefined && file.size < maxPointer);
  const blobs = await smallBlobs(
    stage,
    candidates.map(({ file }) => file?.id ?? ""),
    maxPointer,
  );
  const pointers = new Map<string, Pointer>();
  for (const { path, file } of candidates) {
    const found = pointerIn(blobs.get(file?.id ?? "")?.toString("latin1") ?? "");
    if (found !== undefined) pointers.set(path, found);
  }
  return pointers;
}

/** Whether the file is what the pointer names. */
export function isPointedAt(
  work: SafeFolder,
  { folder, name, kind }: FoundFile,
  pointer: Pointer | undefined,
): boolean {
  if (pointer === undefined || kind !== "file") return false;
  using open = work.folder(folder);
  using file = open?.file(name);
  return file?.size === pointer.size && plainSha256(file) === pointer.sha256;
}

/** What a pointer says; undefined for any other text. */
export function pointerIn(text: string): Pointer | undefined {
  const found =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n$/.exec(
      text,
    );
  return found === null ? undefined : { sha256: found[1] ?? "", size: Number(found[2]) };
}

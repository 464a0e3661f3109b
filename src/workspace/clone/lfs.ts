/** Files that git-lfs keeps: git has a pointer where the folder has the content (git-lfs's docs/spec.md). */
import { createHash } from "node:crypto";
import { read as readCallback } from "node:fs";
import { promisify } from "node:util";

const read = promisify(readCallback);

/** The pointer that stands for content of this hash, in hex, and size in git. */
export function lfsPointer(sha256: string, size: number): Buffer {
  return Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`,
  );
}

/** The id, in hex, under which git keeps a file's content; `idLength` is 40 or 64. */
export function blobId(content: Buffer, idLength: number): string {
  return createHash(idLength === 40 ? "sha1" : "sha256")
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest("hex");
}

/** The id under which git keeps the pointer to this content. */
export function pointerIdOf(content: Buffer, idLength: number): string {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return blobId(lfsPointer(sha256, content.length), idLength);
}

/** The same of an open file. */
export async function pointerId(fd: number, idLength: number): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let size = 0;
  for (;;) {
    const { bytesRead } = await read(fd, buffer, 0, buffer.length, size);
    if (bytesRead === 0) return blobId(lfsPointer(hash.digest("hex"), size), idLength);
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}

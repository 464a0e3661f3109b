/** The content of a file that something may be writing to: what was read counts, never what was announced. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { join } from "node:path";
import { writeTo } from "./git.ts";
import type { OpenFile } from "../safe-folder.ts";

const chunk = 256 * 1024;
/** What is longer goes through a file of ours and not through memory. */
const maxHeld = 8 * 1024 * 1024;

/** The id that git would give it; undefined if it became shorter or longer meanwhile. */
export function blobId(file: OpenFile, format: "sha1" | "sha256"): string | undefined {
  const hash = createHash(format).update(`blob ${file.size}\0`);
  const length = readAll(file.fd, file.size + 1, (data) => hash.update(data));
  return length === file.size ? hash.digest("hex") : undefined;
}

/** The same for content at hand, such as where a link points to. */
export function blobIdOf(content: Buffer, format: "sha1" | "sha256"): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** SHA-256 of the plain content, as lists of copied files and Git LFS name it. */
export function plainSha256(file: OpenFile): string {
  const hash = createHash("sha256");
  readAll(file.fd, file.size, (data) => hash.update(data));
  return hash.digest("hex");
}

/** Writes fast-import's `data` command with the content, at most as long as it was when it was opened. */
export async function writeContent(file: OpenFile, to: Writable, scratch: string): Promise<void> {
  if (file.size <= maxHeld) {
    const parts: Buffer[] = [];
    const length = readAll(file.fd, file.size, (data) => parts.push(Buffer.from(data)));
    await writeTo(
      to,
      Buffer.concat([Buffer.from(`data ${length}\n`), ...parts, Buffer.from("\n")]),
    );
    return;
  }
  const spool = join(scratch, "spool");
  const fd = openSync(spool, "wx+", 0o600);
  try {
    unlinkSync(spool);
    const length = readAll(file.fd, file.size, (data) => void writeSync(fd, data));
    await writeTo(to, `data ${length}\n`);
    for (let at = 0; at < length;) {
      const buffer = Buffer.allocUnsafe(chunk);
      const count = readSync(fd, buffer, 0, chunk, at);
      at += count;
      await writeTo(to, buffer.subarray(0, count));
    }
    await writeTo(to, "\n");
  } finally {
    closeSync(fd);
  }
}

/** From the start, whatever was read before; at most `max` bytes. Returns how many there were. */
function readAll(fd: number, max: number, take: (data: Buffer) => void): number {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(max, chunk)));
  let at = 0;
  while (at < max) {
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, max - at), at);
    if (count === 0) break;
    at += count;
    take(buffer.subarray(0, count));
  }
  return at;
}

/** Files of a project, read so that what is pinned is what was read: plain files of its folder, through no link. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";

/** A manifest of a project is hostile until it is trusted: what cannot be written by hand is not parsed. */
export const maxManifest: number = 64 * 1024;
/** A file that a manifest refers to. */
export const maxReferred: number = 1024 * 1024;

/** `root` is a real path, `path` is relative to it and in normal form. Throws E_PROJECT_FILE. */
export async function readInside(root: string, path: string, maxBytes: number): Promise<Buffer> {
  const file = join(root, path);
  let handle: FileHandle;
  try {
    // O_NOFOLLOW for the last component, O_NONBLOCK for a FIFO that nobody writes to (open(2)).
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "nothing";
    throw refused(file, code === "ELOOP" ? "It is a link." : `The system says ${code}.`);
  }
  try {
    const opened = await handle.stat();
    if (!opened.isFile()) throw refused(file, "It is not a regular file.");
    // A link further up in the path leads elsewhere: then the real path is another one.
    const here = await realpath(file).catch(() => "");
    const found = here === file ? await lstat(file).catch(() => undefined) : undefined;
    if (found === undefined || found.ino !== opened.ino || found.dev !== opened.dev)
      throw refused(file, "A link leads there, or it changed while it was read.");
    if (opened.size > maxBytes) throw refused(file, `It is larger than ${maxBytes / 1024} KiB.`);
    return await readAll(handle, file, maxBytes);
  } finally {
    await handle.close();
  }
}

async function readAll(handle: FileHandle, file: string, maxBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (length > maxBytes) throw refused(file, `It is larger than ${maxBytes / 1024} KiB.`);
    if (bytesRead === 0) return buffer.subarray(0, length);
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The text of a manifest; bytes that are none would mean different things to different readers. */
export function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused(file, "It is not valid UTF-8.");
  }
}

function refused(file: string, why: string): BottleError {
  return new BottleError({
    code: "E_PROJECT_FILE",
    what: "The project's file cannot be used.",
    why,
    next: "Make it a plain file in the project's folder.",
    place: { file },
  });
}

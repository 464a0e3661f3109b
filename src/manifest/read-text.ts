/** Reads a manifest file: a regular file of bounded size, in UTF-8, that strangers cannot write. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";

const maxBytes = 1024 * 1024;

/** The text, or undefined if there is no such file. */
export async function readText(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: a FIFO must not hold us up before fstat sees it (open(2)).
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(
      file,
      "The manifest cannot be opened.",
      `The system says ${String(code)}.`,
      "Make it readable for you.",
    );
  }
  try {
    return await readOpened(file, handle);
  } finally {
    await handle.close();
  }
}

async function readOpened(file: string, handle: FileHandle): Promise<string> {
  const stat = await handle.stat();
  if (!stat.isFile())
    throw unreadable(file, "The manifest is not a regular file.", undefined, "Name a file.");
  if ((stat.mode & 0o002) !== 0) {
    throw unreadable(
      file,
      "Everybody can write the manifest.",
      "Whoever writes it decides what leaves a bottle.",
      "Run chmod o-w on it.",
    );
  }
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length <= maxBytes) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > maxBytes)
    throw unreadable(file, "The manifest is larger than 1 MiB.", undefined, "Write less.");
  const text = decode(file, buffer.subarray(0, length));
  if (text.trim() === "")
    throw unreadable(
      file,
      "The manifest is empty.",
      undefined,
      "examples/minimal.yaml shows the least one.",
    );
  return text;
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, "The manifest is not valid UTF-8.", undefined, "Save it as UTF-8.");
  }
}

function unreadable(
  file: string,
  what: string,
  why: string | undefined,
  next: string,
): BottleError {
  return new BottleError({
    code: "E_MANIFEST_UNREADABLE",
    what,
    next,
    place: { file },
    ...(why !== undefined && { why }),
  });
}

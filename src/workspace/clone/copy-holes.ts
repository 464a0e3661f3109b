/** Copies a file with holes (lseek(2), "Seeking file data and holes") as one with holes: blocks of zeros are not written. */
import { constants, copyFile as copyFileCallback, read as readCallback } from "node:fs";
import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

const read = promisify(readCallback);
const copyFile = promisify(copyFileCallback);

/** Bytes, holes included, of a file that is read through for its data; a few seconds. */
export const maxHoles: number = 16 * 1024 ** 3;
/** Bytes; less is not worth the care. */
const worthIt = 1024 * 1024;
const block = 256 * 1024;

/** It takes less room than its length says; by the way, so does what a file system compresses. */
export function hasHoles({ size, blocks }: Stats): boolean {
  return blocks * 512 + worthIt < size;
}

/** True if the file system could share its blocks, holes and all. */
export async function shareBlocks(fd: number, to: Buffer): Promise<boolean> {
  try {
    const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;
    await copyFile(`/proc/self/fd/${fd}`, to, mode);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    return false;
  }
}

/** Returns how many bytes were written; `take` hears of them before. */
export async function copyHoles(
  fd: number,
  to: Buffer,
  { size }: Stats,
  take: (bytes: number) => void,
): Promise<number> {
  const zeros = Buffer.alloc(block);
  const buffer = Buffer.allocUnsafe(block);
  let written = 0;
  await using file = await open(to, "wx", 0o600);
  for (let at = 0; at < size;) {
    const { bytesRead } = await read(fd, buffer, 0, Math.min(block, size - at), at);
    if (bytesRead === 0) break;
    if (buffer.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0) {
      take(bytesRead);
      await file.write(buffer, 0, bytesRead, at);
      written += bytesRead;
    }
    at += bytesRead;
  }
  await file.truncate(size);
  return written;
}

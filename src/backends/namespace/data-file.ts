/** Bytes for bubblewrap, handed over as an open file that has no name any more: nothing to clean up, nothing to guess. */
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/** An open descriptor at offset 0 with `content`; `dir` is a private directory of ours. The caller closes it. */
export function openDataFile(dir: string, content: string | Buffer): number {
  const path = join(dir, `.data-${randomBytes(8).toString("hex")}`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(path, flags, 0o600);
  try {
    unlinkSync(path);
    const bytes = Buffer.from(content);
    // Written at a position, so that the reader's offset stays at the start.
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, at);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

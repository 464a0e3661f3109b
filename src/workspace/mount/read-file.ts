/** Small files below the top, read without following anything. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { bytesOf } from "../names.ts";
import { inParent } from "./leads.ts";
import type { OpenFolder } from "./open-folder.ts";

export interface SmallFile {
  readonly content: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Undefined if it is not there, no regular file, closed to us, or longer than `max` bytes. */
export function readSmallFile(top: OpenFolder, path: string, max: number): SmallFile | undefined {
  let read: SmallFile | undefined;
  try {
    inParent(top, path, (parent, name) => {
      const at = bytesOf(`/proc/self/fd/${parent.fd}/${name}`);
      const fd = openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
      try {
        const stat = fstatSync(fd);
        if (!stat.isFile() || stat.size > max) return;
        const { size, mode, uid, gid } = stat;
        const content = Buffer.alloc(size);
        let end = 0;
        for (let count = -1; count !== 0 && end < size; end += count)
          count = readSync(fd, content, end, size - end, null);
        read = { content: content.subarray(0, end), mode: mode & 0o777, uid, gid };
      } finally {
        closeSync(fd);
      }
    });
  } catch {
    return undefined;
  }
  return read;
}

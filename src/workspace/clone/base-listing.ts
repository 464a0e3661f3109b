/** `base.jsonl` of a record: what was copied from a folder without a repository, so that a later look can tell what changed. */
import {
  closeSync,
  fdatasync as fdatasyncCallback,
  openSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { promisify } from "node:util";

const fdatasync = promisify(fdatasyncCallback);

/** One line; links have no size, files of more than `maxLookedInto` bytes no hash. */
export interface BaseEntry {
  /** From the top, one character a byte (names.ts). */
  readonly path: string;
  readonly kind: "file" | "link" | "folder";
  /** Permission bits. */
  readonly mode?: number;
  readonly size?: number;
  /** Of the copy, as lstat(2) says; decimal. */
  readonly mtimeNs?: string;
  readonly sha256?: string;
  /** Where a link leads, one character a byte. */
  readonly to?: string;
}

export interface BaseListing {
  add(entry: BaseEntry): void;
  /** All of it is on the disk. */
  end(): Promise<void>;
  /** Takes it back. */
  discard(): void;
}

const chunk = 64 * 1024;

/** Mode 0600; written piece by piece, so that it is never held whole. */
export function openBaseListing(path: string): BaseListing {
  const fd = openSync(path, "wx", 0o600);
  let text = "";
  const flush = (): void => {
    if (text !== "") writeFileSync(fd, text);
    text = "";
  };
  return {
    add(entry) {
      text += `${JSON.stringify(entry)}\n`;
      if (text.length >= chunk) flush();
    },
    async end() {
      flush();
      await fdatasync(fd);
      closeSync(fd);
    },
    discard() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}

/** `base.jsonl` of a record: what was copied from a folder without a repository, so that a later look can tell what changed. */
import {
  closeSync,
  fdatasync as fdatasyncCallback,
  openSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { promisify } from "node:util";
import { bytesOf, nameOf, printable } from "../names.ts";

const fdatasync = promisify(fdatasyncCallback);

/** What a line says of a path; files of more than `maxLookedInto` bytes have no hash. */
export interface BaseEntry {
  readonly kind: "file" | "link" | "folder";
  /** Permission bits. */
  readonly mode: number;
  readonly size?: number;
  /** Of the copy, as lstat(2) says; decimal. */
  readonly mtimeNs?: string;
  /** Of the content, or of where a link leads. */
  readonly sha256?: string;
}

export interface BaseListing {
  /** `path`: from the top, as a name (names.ts). */
  add(path: string, entry: BaseEntry): void;
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
    add(path, entry) {
      text += lineOf(path, entry);
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

/** Put together by hand, as this runs for every file; only the path can hold what JSON must quote. */
function lineOf(path: string, { kind, mode, size, mtimeNs, sha256 }: BaseEntry): string {
  const rest = [
    size === undefined ? "" : `,"size":${size}`,
    mtimeNs === undefined ? "" : `,"mtimeNs":"${mtimeNs}"`,
    sha256 === undefined ? "" : `,"sha256":"${sha256}"`,
  ];
  return `{${pathOf(path)},"kind":"${kind}","mode":${mode}${rest.join("")}}\n`;
}

/** `bytes`, in hex, where the path is no UTF-8 and `path` is only for people. */
function pathOf(path: string): string {
  if (isPlain.test(path)) return `"path":${JSON.stringify(path)}`;
  const text = printable(path);
  const shown = `"path":${JSON.stringify(text)}`;
  return nameOf(text) === path ? shown : `${shown},"bytes":"${bytesOf(path).toString("hex")}"`;
}

const isPlain: RegExp = /^[ -~]*$/;

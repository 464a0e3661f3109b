/** A tar archive as POSIX.1-2017 has it (pax, "ustar Interchange Format"): where things stand in a head, and what they may be. */

export const blockSize = 512;

/** Where each field of a head begins, and its bytes. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

/** `ustar`, and the version. */
export const magic = "ustar\x0000";

/** What an entry is, by its type's digit; `other` is what no bottle brings back: devices and pipes. */
export type EntryKind = "file" | "folder" | "link" | "hard-link" | "other";

/** One entry. Names and targets are bytes, one character each. */
export interface TarEntry {
  readonly kind: EntryKind;
  readonly path: string;
  /** Permission bits and no others. */
  readonly mode: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  /** Of links and hard links. */
  readonly to: string;
}

/** The sum of a head's bytes, its own field counted as spaces. */
export function sumOf(head: Buffer): number {
  const [at, length] = fields.sum;
  let sum = 32 * length;
  for (let index = 0; index < blockSize; index += 1)
    if (index < at || index >= at + length) sum += head[index] ?? 0;
  return sum;
}

/** Bytes that fill an entry's last block. */
export function padding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** Which pages of a process hold anything: a runtime reserves tens of gigabytes that it never touches (proc_pid_pagemap(5)). */
import type { FileHandle } from "node:fs/promises";

export interface Range {
  readonly from: number;
  readonly to: number;
}

const pageSize = 4096;
const entrySize = 8;
/** Entries read at a time: 256 MiB of addresses. */
const windowEntries = 65_536;
/** Bits 63 and 62 of an entry: the page is in memory, or swapped out. */
const heldBits = 0xc000_0000;

/** The parts of `range` that are in memory or in swap. */
export async function* heldRanges(pagemap: FileHandle, range: Range): AsyncGenerator<Range> {
  const entries = Buffer.alloc(windowEntries * entrySize);
  let from: number | undefined;
  for (let page = range.from / pageSize; page * pageSize < range.to;) {
    const wanted = Math.min(windowEntries, Math.ceil(range.to / pageSize) - page);
    const { bytesRead } = await pagemap.read(entries, 0, wanted * entrySize, page * entrySize);
    const got = Math.floor(bytesRead / entrySize);
    if (got === 0) break;
    const words = new Uint32Array(entries.buffer, entries.byteOffset, got * 2);
    for (let index = 0; index < got; index += 1) {
      const held = ((words[index * 2 + 1] as number) & heldBits) >>> 0 !== 0;
      if (held) from ??= (page + index) * pageSize;
      else if (from !== undefined) {
        yield { from, to: (page + index) * pageSize };
        from = undefined;
      }
    }
    page += got;
  }
  if (from !== undefined) yield { from, to: range.to };
}

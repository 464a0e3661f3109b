/** One search under way: looks through texts and descriptors in windows, and keeps where something was found. */
import type { FileHandle } from "node:fs/promises";
import type { Needle } from "./needles.ts";

/** Bytes read at a time; an environment fits the first, memory needs many of the others. */
const firstWindow = 64 * 1024;
const windowSize = 1024 * 1024;

export interface Search {
  text(where: string, text: string): void;
  /** Reads from `from` to `to`, or to the end of the file; throws what reading throws. */
  handle(where: string, handle: FileHandle, from?: number, to?: number): Promise<void>;
  cannotRead(where: string, error: unknown): void;
  found(): readonly { readonly name: string; readonly where: string }[];
  unread(): readonly string[];
  bytes(): number;
}

/** A search for `needles`. */
export function openSearch(needles: readonly Needle[]): Search {
  const hits = new Map<string, { readonly name: string; readonly where: string }>();
  const unread: string[] = [];
  const overlap = Math.max(1, ...needles.map(({ bytes }) => bytes.length)) - 1;
  let bytes = 0;

  const look = (where: string, data: Buffer): void => {
    for (const needle of needles)
      if (data.includes(needle.bytes))
        hits.set(`${needle.name}\0${where}`, { name: needle.name, where });
  };

  return {
    text(where, text) {
      bytes += text.length;
      look(where, Buffer.from(text, "utf8"));
    },
    async handle(where, handle, from = 0, to) {
      let window: Buffer = Buffer.alloc(0);
      let kept = 0;
      const end = to ?? Number.POSITIVE_INFINITY;
      for (let at = from; at < end;) {
        const wanted = Math.min(at === from ? firstWindow : windowSize, end - at);
        if (window.length < kept + wanted) {
          // Neither zeroed nor copied whole: nothing but what was read is looked at, and the pages cost 5 ms of a start.
          const larger = Buffer.allocUnsafeSlow(kept + wanted);
          window.copy(larger, 0, 0, kept);
          window = larger;
        }
        const { bytesRead } = await handle.read(window, kept, wanted, at);
        if (bytesRead === 0) return;
        bytes += bytesRead;
        at += bytesRead;
        const filled = kept + bytesRead;
        look(where, window.subarray(0, filled));
        // A secret may lie across two windows: its greatest possible part goes along.
        kept = Math.min(overlap, filled);
        window.copy(window, 0, filled - kept, filled);
      }
    },
    cannotRead(where, error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
      unread.push(`${where}: ${code}`);
    },
    found: () => [...hits.values()],
    unread: () => unread,
    bytes: () => bytes,
  };
}

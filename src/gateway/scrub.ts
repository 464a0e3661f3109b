/** Takes secrets out of answers: an upstream that echoes a request must not hand the bottle what was injected. */
import { createSearch } from "./search.ts";
import type { Search } from "./search.ts";

const star = 0x2a;

const nothing: Buffer = Buffer.alloc(0);

export interface Scrubber {
  /** What can go on now; the tail stays back only where it could be the beginning of a value. */
  push(chunk: Buffer): Buffer;
  /** The rest, at the end of the stream. */
  flush(): Buffer;
}

/** Makes a scrubber for each stream; the patterns are prepared once. */
export interface ScrubberFactory {
  open(): Scrubber;
  /** A whole text at once, e.g. a header value. */
  text(value: string): string;
}

/** Replaces each value, however it is written, by as many `*`; lengths stay, so that a content-length stays true. */
export function createScrubber(values: readonly string[]): Scrubber {
  return openScrubber(createSearch(values));
}

/** For many streams with the same values. */
export function createScrubberFactory(values: readonly string[]): ScrubberFactory {
  const search = createSearch(values);
  return {
    open: () => openScrubber(search),
    text(value) {
      const scrubber = openScrubber(search);
      const bytes = Buffer.from(value, "latin1");
      return Buffer.concat([scrubber.push(bytes), scrubber.flush()]).toString("latin1");
    },
  };
}

function openScrubber(search: Search): Scrubber {
  /** As it came: a value may go on in it that overlaps one before. */
  let held: Buffer = nothing;
  /** How many bytes at its beginning are part of a value that began earlier. */
  let starred = 0;

  const step = (chunk: Buffer, final: boolean): Buffer => {
    const work = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const hits: number[] = starred === 0 ? [] : [0, starred];
    const sure = search.look(work, final, (_value, from, to) => {
      hits.push(from, to);
      return true;
    });
    let out = work.subarray(0, sure);
    starred = 0;
    if (hits.length > 0) {
      out = Buffer.from(out);
      for (let index = 0; index < hits.length; index += 2) {
        const from = hits[index] as number;
        const to = hits[index + 1] as number;
        out.fill(star, from, Math.min(to, sure));
        if (from <= sure) starred = Math.max(starred, to - sure);
      }
    } else if (sure === work.length && held.length === 0) out = chunk;
    held = sure === work.length ? nothing : Buffer.from(work.subarray(sure));
    return out;
  };

  return {
    push: (chunk) => (chunk.length === 0 ? chunk : step(chunk, false)),
    flush: () => step(nothing, true),
  };
}

/** Takes secrets out of answers: an upstream that echoes a request must not hand the bottle what was injected. */
import { createKnownTexts } from "./known-texts.ts";
import { createSearch } from "./search.ts";
import type { Search } from "./search.ts";

const star = 0x2a;

const nothing: Buffer = Buffer.alloc(0);

export interface Scrubber {
  /** What can go on now; the tail stays back only where it could be the beginning of a value. */
  push(chunk: Buffer): Buffer;
  /** The rest, at the end of the stream. */
  flush(): Buffer;
  /** The rest with what comes last: looked at once, and nothing of it stays back. */
  last(chunk: Buffer): Buffer;
}

/** Makes a scrubber for each stream; the patterns are prepared once. */
export interface ScrubberFactory {
  open(): Scrubber;
  /** Something whole at once: itself where nothing is found. */
  whole(bytes: Buffer): Buffer;
  /** A whole text at once, e.g. a header value. */
  text(value: string): string;
}

/** Replaces each value, however it is written, by as many `*`; lengths stay, so that a content-length stays true. */
export function createScrubber(values: readonly string[]): Scrubber {
  return new StreamScrubber(createSearch(values));
}

/** For many streams with the same values. */
export function createScrubberFactory(values: readonly string[]): ScrubberFactory {
  const search = createSearch(values);
  const known = createKnownTexts();
  const whole = (bytes: Buffer): Buffer => {
    const hits: number[] = [];
    search.look(bytes, true, (_value, from, to) => {
      hits.push(from, to);
      return true;
    });
    return hits.length === 0 ? bytes : starredCopy(bytes, hits);
  };
  return {
    open: () => new StreamScrubber(search),
    whole,
    text(value) {
      if (known.has(value)) return value;
      const bytes = Buffer.from(value, "latin1");
      const clean = whole(bytes);
      if (clean !== bytes) return clean.toString("latin1");
      known.add(value);
      return value;
    },
  };
}

class StreamScrubber implements Scrubber {
  readonly #search: Search;
  /** As it came: a value may go on in it that overlaps one before. */
  #held: Buffer = nothing;
  /** How many bytes at its beginning are part of a value that began earlier. */
  #starred = 0;

  constructor(search: Search) {
    this.#search = search;
  }

  push(chunk: Buffer): Buffer {
    return chunk.length === 0 ? chunk : this.#step(chunk, false);
  }

  flush(): Buffer {
    return this.#held.length === 0 ? nothing : this.#step(nothing, true);
  }

  last(chunk: Buffer): Buffer {
    return chunk.length === 0 ? this.flush() : this.#step(chunk, true);
  }

  #step(chunk: Buffer, final: boolean): Buffer {
    const work = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const hits: number[] = this.#starred === 0 ? [] : [0, this.#starred];
    const sure = this.#search.look(work, final, (_value, from, to) => {
      hits.push(from, to);
      return true;
    });
    const whole = sure === work.length;
    const out = whole ? work : work.subarray(0, sure);
    this.#held = whole ? nothing : Buffer.from(work.subarray(sure));
    this.#starred = 0;
    if (hits.length === 0) return out;
    for (let index = 0; index < hits.length; index += 2) {
      const from = hits[index] as number;
      const to = hits[index + 1] as number;
      if (from <= sure) this.#starred = Math.max(this.#starred, to - sure);
    }
    return starredCopy(out, hits);
  }
}

/** Stars between pairs of indices; what lies beyond the end is left out. */
function starredCopy(bytes: Buffer, pairs: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (let index = 0; index < pairs.length; index += 2)
    copy.fill(star, pairs[index], Math.min(pairs[index + 1] as number, copy.length));
  return copy;
}

/** Takes secrets out of answers: an upstream that echoes a request must not hand the bottle what was injected. */
import { encodedForms } from "./encodings.ts";
import { createMatcher } from "./matcher.ts";
import type { Matcher } from "./matcher.ts";

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

/** Replaces each value, in every common encoding, by as many `*`; lengths stay, so that a content-length stays true. */
export function createScrubber(values: readonly string[]): Scrubber {
  return openScrubber(createMatcher(values.flatMap(encodedForms)));
}

/** For many streams with the same values. */
export function createScrubberFactory(values: readonly string[]): ScrubberFactory {
  const matcher = createMatcher(values.flatMap(encodedForms));
  return {
    open: () => openScrubber(matcher),
    text(value) {
      const scrubber = openScrubber(matcher);
      const bytes = Buffer.from(value, "latin1");
      return Buffer.concat([scrubber.push(bytes), scrubber.flush()]).toString("latin1");
    },
  };
}

function openScrubber(matcher: Matcher): Scrubber {
  let state = 0;
  let held: Buffer = nothing;

  return {
    push(chunk) {
      if (chunk.length === 0) return chunk;
      const before = held.length;
      let work = before === 0 ? chunk : Buffer.concat([held, chunk]);
      let own = before !== 0;
      let from = -1;
      let end = -1;
      const fill = (): void => {
        if (from < 0) return;
        if (!own) work = Buffer.from(work);
        own = true;
        work.fill(star, from, end);
      };
      state = matcher.scan(chunk, state, (index, pattern) => {
        const hitEnd = before + index + 1;
        const hitFrom = hitEnd - matcher.lengthOf(pattern);
        if (from >= 0 && hitFrom <= end) from = Math.min(from, hitFrom);
        else {
          fill();
          from = hitFrom;
        }
        end = hitEnd;
        return true;
      });
      fill();
      const sure = work.length - matcher.pending(state);
      if (sure === work.length) {
        held = nothing;
        return work;
      }
      held = Buffer.from(work.subarray(sure));
      return work.subarray(0, sure);
    },
    flush() {
      const rest = held;
      held = nothing;
      state = 0;
      return rest;
    },
  };
}

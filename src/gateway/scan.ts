/**
 * Looks for values that may not leave, in request heads and bodies. Found is a value as it is or in a common encoding
 * (encodings.ts), in one request. Not found: a value spread over requests, compressed, encrypted or encoded otherwise,
 * and values of fewer than 8 characters, which stand in ordinary text by accident.
 */
import { encodedForms, shortestEncoded } from "./encodings.ts";
import { createMatcher } from "./matcher.ts";

export interface ScannedValue {
  readonly name: string;
  readonly value: string;
}

export interface ScanStep {
  /** What may go out now. */
  readonly out: Buffer;
  /** The name of a value found; nothing more goes out. */
  readonly hit: string | undefined;
}

export interface ScanStream {
  push(chunk: Buffer): ScanStep;
  flush(): ScanStep;
}

export interface Scanner {
  /** The name of the first value found in something whole. */
  find(data: Buffer | string): string | undefined;
  /** For a long body: a hit is known before any byte of it went out. */
  stream(): ScanStream;
}

/** Bytes that stay back beyond the longest form: the outer base64 characters of a value carry bits of it too. */
const margin = 4;

const nothing: Buffer = Buffer.alloc(0);

export function createScanner(values: readonly ScannedValue[]): Scanner {
  const patterns = values
    .filter(({ value }) => value.length >= shortestEncoded)
    .flatMap(({ name, value }) => encodedForms(value).map((form) => ({ name, form })));
  const matcher = createMatcher(patterns.map(({ form }) => form));
  const window = matcher.longest === 0 ? 0 : matcher.longest + margin;

  const scan = (data: Buffer, from: number): { state: number; hit: string | undefined } => {
    let hit: string | undefined;
    const state = matcher.scan(data, from, (_end, pattern) => {
      hit = patterns[pattern]?.name;
      return false;
    });
    return { state, hit };
  };

  return {
    find(data) {
      if (typeof data !== "string") return scan(data, 0).hit;
      // A head's text may hold one character for each byte (latin1) or be decoded: look at it both ways.
      return scan(Buffer.from(data, "latin1"), 0).hit ?? scan(Buffer.from(data, "utf8"), 0).hit;
    },
    stream() {
      let state = 0;
      let held: Buffer = nothing;
      let hit: string | undefined;
      return {
        push(chunk) {
          if (hit !== undefined) return { out: nothing, hit };
          ({ state, hit } = scan(chunk, state));
          if (hit !== undefined) {
            held = nothing;
            return { out: nothing, hit };
          }
          const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
          const sure = Math.max(0, all.length - window);
          held = window === 0 ? nothing : Buffer.from(all.subarray(sure));
          return { out: all.subarray(0, sure), hit };
        },
        flush() {
          const out = held;
          held = nothing;
          return { out, hit };
        },
      };
    },
  };
}

/**
 * Looks for tokens of known services and private keys, by their published formats: whatever the agent found, it may not
 * send. One automaton finds their beginnings, and what follows is read once.
 */
import { tokenAt, tableOf } from "../../manifest/shapes/measure.ts";
import type { MeasuredShape } from "../../manifest/shapes/measure.ts";
import { tokenShapes } from "../../manifest/token-shapes.ts";
import { createMatcher } from "../matcher.ts";
import type { Matcher } from "../matcher.ts";
import type { Scanner, ScanStep } from "../scan.ts";

interface Beginning {
  readonly one: MeasuredShape;
  /** Bytes of what the shape begins with; the pattern may have more. */
  readonly length: number;
}

/** Shorter beginnings are joined with what may follow them, so that the automaton can jump. */
const shortest = 4;

interface Table {
  readonly matcher: Matcher;
  readonly beginnings: readonly Beginning[];
  readonly patterns: readonly Buffer[];
}

/** Made once: it never changes. */
const table: Table = makeTable();

function makeTable(): Table {
  const beginnings: Beginning[] = [];
  const patterns: Buffer[] = [];
  for (const one of tokenShapes) {
    if (one.shape.looseOnly === true) continue;
    for (const begin of one.shape.begins) {
      for (const text of grown(begin, tableOf(one.shape.body))) {
        beginnings.push({ one, length: begin.length });
        patterns.push(Buffer.from(text, "latin1"));
      }
    }
  }
  return { matcher: createMatcher(patterns), beginnings, patterns };
}

function grown(begin: string, body: Uint8Array): readonly string[] {
  if (begin.length >= shortest) return [begin];
  return [...body.keys()]
    .filter((byte) => body[byte] === 1)
    .flatMap((byte) => grown(`${begin}${String.fromCharCode(byte)}`, body));
}

/** The kind of the first token in something whole; never the token. */
export function findPattern(data: Buffer): string | undefined {
  return look(data, true).hit;
}

/** As a scanner, for what is looked at beside values. */
export function createPatternScanner(): Scanner {
  return {
    find: (data) => findPattern(typeof data === "string" ? Buffer.from(data, "utf8") : data),
    stream() {
      let held: Buffer = nothing;
      let hit: string | undefined;
      const step = (chunk: Buffer, final: boolean): ScanStep => {
        if (hit !== undefined) return { out: nothing, hit };
        const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const seen = look(all, final);
        hit = seen.hit;
        if (hit !== undefined) {
          held = nothing;
          return { out: nothing, hit };
        }
        held = seen.open === all.length ? nothing : Buffer.from(all.subarray(seen.open));
        return { out: all.subarray(0, seen.open), hit };
      };
      return { push: (chunk) => step(chunk, false), flush: () => step(nothing, true) };
    },
  };
}

const nothing: Buffer = Buffer.alloc(0);

/** What stands before a token decides about it too: so much stays with it. */
const before = 3;

function look(data: Buffer, final: boolean): { hit: string | undefined; open: number } {
  const { matcher, beginnings, patterns } = table;
  let hit: string | undefined;
  let open = data.length;
  const state = matcher.scan(data, 0, (end, pattern) => {
    const { one, length } = beginnings[pattern] as Beginning;
    const at = end + 1 - (patterns[pattern] as Buffer).length;
    const token = tokenAt(one, data, at, at + length, "real", final);
    if (token === "short") open = Math.min(open, at);
    if (token === "yes") hit = one.shape.name;
    return hit === undefined;
  });
  if (!final) open = Math.min(open, data.length - matcher.pending(state));
  return {
    hit,
    open: final ? data.length : Math.max(0, open === data.length ? open : open - before),
  };
}

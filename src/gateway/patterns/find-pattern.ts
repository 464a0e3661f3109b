/**
 * Looks for tokens of known services and private keys, by their published formats: whatever the agent found, it may not
 * send. One automaton finds their beginnings, and what follows is read once.
 */
import { tokenAt, tableOf } from "../../manifest/shapes/measure.ts";
import type { MeasuredShape } from "../../manifest/shapes/measure.ts";
import { tokenShapes } from "../../manifest/token-shapes.ts";
import { madeOnce } from "../made-once.ts";
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

const tableOnce: () => Table = madeOnce(makeTable);

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
      /** What is held, after the last bytes that went out: they decide about what follows. */
      let kept: Buffer = nothing;
      let gone = 0;
      let hit: string | undefined;
      const step = (chunk: Buffer, final: boolean): ScanStep => {
        if (hit !== undefined) return { out: nothing, hit };
        const all = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
        const seen = look(all, final);
        hit = seen.hit;
        if (hit !== undefined) {
          kept = nothing;
          return { out: nothing, hit };
        }
        const sure = Math.max(gone, seen.open);
        const out = all.subarray(gone, sure);
        if (final) return { out, hit };
        const from = Math.max(0, sure - before);
        kept = Buffer.from(all.subarray(from));
        gone = sure - from;
        return { out, hit };
      };
      return {
        push: (chunk) => step(chunk, false),
        flush: () => step(nothing, true),
        last: (chunk) => step(chunk, true),
      };
    },
  };
}

const nothing: Buffer = Buffer.alloc(0);

/** Bytes before a token that decide about it too. */
const before = 3;

function look(data: Buffer, final: boolean): { hit: string | undefined; open: number } {
  const { matcher, beginnings, patterns } = tableOnce();
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
  return { hit, open };
}

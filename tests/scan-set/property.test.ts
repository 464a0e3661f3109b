import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMatcher } from "../../src/gateway/matcher.ts";
import { findPattern } from "../../src/gateway/patterns/find-pattern.ts";
import { createScanner } from "../../src/gateway/scan.ts";
import { createScrubber } from "../../src/gateway/scrub.ts";
import { encodings } from "./encodings.ts";
import { createRandom, urlSafe } from "./random.ts";

/** Found where the content of a body is scanned, without being unpacked. */
const flat = encodings.filter(({ name }) => !/gzip|zlib/.test(name));
const runs = { numRuns: 250, seed: 42 };

const tokenChars = Array.from(`${urlSafe}.~+/=:`);
const passwordChars = [...tokenChars, ...Array.from("!@#$^*()<>?&'\"{}é ")];
const secrets = fc
  .oneof(
    fc.array(fc.constantFrom(...tokenChars), { minLength: 8, maxLength: 120 }),
    fc.array(fc.constantFrom(...passwordChars), { minLength: 12, maxLength: 40 }),
  )
  .map((chars) => chars.join(""))
  .filter((text) => new Set(text).size > 5);

const surroundings = fc.constantFrom(
  ["", ""],
  ['{"a": "x", "key": "', '", "b": [1, 2]}'],
  ["some words, 100% of them\r\nKey: ", "\r\nmore words\n"],
  ["a=b&key=", "&c=%20d"],
  ["\\n", "\\n"],
) as fc.Arbitrary<readonly [string, string]>;

const scenario = fc
  .tuple(secrets, fc.constantFrom(...flat), surroundings, fc.nat())
  // In quoted-printable text no equals sign stands for itself.
  .filter(([, { name }, [before]]) => !name.startsWith("quoted") || !before.includes("="))
  .chain(([secret, encoding, [before, after], seed]) => {
    const content = Buffer.from(encoding.encode(secret, createRandom(seed)) as string);
    const data = Buffer.concat([Buffer.from(before), content, Buffer.from(after)]);
    const start = Buffer.byteLength(before);
    return fc.record({
      secret: fc.constant(secret),
      encoding: fc.constant(encoding.name),
      data: fc.constant(data),
      start: fc.constant(start),
      end: fc.constant(start + content.length),
      cuts: fc.array(fc.nat(data.length), { maxLength: 10 }),
    });
  });

function cut(data: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), data.length];
  return edges.slice(1).map((edge, index) => data.subarray(edges[index], edge));
}

describe("any value, in any encoding, cut anywhere", () => {
  it("is found, and nothing of it went out before", () => {
    fc.assert(
      fc.property(scenario, ({ secret, data, start, cuts }) => {
        const scanner = createScanner([{ name: "it", value: secret }]);
        expect(scanner.find(data)).toBe("it");
        const stream = scanner.stream();
        const steps = [...cut(data, cuts).map((part) => stream.push(part)), stream.flush()];
        expect(steps.some(({ hit }) => hit === "it")).toBe(true);
        const out = Buffer.concat(steps.map((step) => step.out));
        expect(out.equals(data.subarray(0, out.length))).toBe(true);
        // Of base64 in the midst of other text, a character before the value is shared with it.
        expect(out.length).toBeLessThanOrEqual(start + 140);
        if (!data.subarray(start).toString("latin1").startsWith("eyJub3Rl"))
          expect(out.length).toBeLessThanOrEqual(start + 4);
      }),
      runs,
    );
  });

  it("is scrubbed from an answer, which keeps its length and what stands around", () => {
    fc.assert(
      fc.property(scenario, ({ secret, data, start, end, cuts }) => {
        const scrubber = createScrubber([secret]);
        const out = Buffer.concat([
          ...cut(data, cuts).map((part) => scrubber.push(part)),
          scrubber.flush(),
        ]);
        expect(out.length).toBe(data.length);
        expect(out.subarray(0, start).equals(data.subarray(0, start))).toBe(true);
        expect(createScanner([{ name: "it", value: secret }]).find(out)).toBeUndefined();
        expect(out.subarray(end).equals(data.subarray(end))).toBe(true);
      }),
      runs,
    );
  });
});

describe("anything else", () => {
  const scanner = createScanner([
    { name: "token", value: "tok-Zq3/9+xyz_0123456789" },
    { name: "env", value: "eu-central-private" },
  ]);

  it("has no value found in it, and goes out byte for byte", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.array(fc.nat(2000), { maxLength: 8 }),
        (bytes, cuts) => {
          const data = Buffer.from(bytes);
          const stream = scanner.stream();
          const parts = cut(
            data,
            cuts.map((at) => Math.min(at, data.length)),
          );
          const steps = [...parts.map((part) => stream.push(part)), stream.flush()];
          expect(steps.every(({ hit }) => hit === undefined)).toBe(true);
          expect(Buffer.concat(steps.map((step) => step.out)).equals(data)).toBe(true);
          expect(findPattern(data)).toBeUndefined();
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  it("made of the pieces of escapes and digits ends, and goes out byte for byte", () => {
    const pieces = [
      "%",
      "%2",
      "%25",
      "\\",
      "\\u",
      "\\u00",
      "\\x4",
      "&",
      "&#",
      "&#x",
      "&amp;",
      "=",
      "=\r\n",
      "\r\n",
      "\\n",
      "0x",
      "4",
      "73",
      ",",
      " ",
      "[",
      "tok-",
      "QUJD",
      "\0",
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 120 }),
        fc.array(fc.nat(200), { maxLength: 30 }),
        (parts, cuts) => {
          const data = Buffer.from(parts.join(""));
          const stream = scanner.stream();
          const steps = [
            ...cut(
              data,
              cuts.map((at) => Math.min(at, data.length)),
            ).map((part) => stream.push(part)),
            stream.flush(),
          ];
          expect(Buffer.concat(steps.map((step) => step.out)).equals(data)).toBe(true);
        },
      ),
      { numRuns: 500, seed: 11 },
    );
  });
});

describe("the matcher", () => {
  it("finds what a search for each pattern finds, jumping or not, cut anywhere", () => {
    const word = (min: number): fc.Arbitrary<string> =>
      fc
        .array(fc.constantFrom("a", "b", "c"), { minLength: min, maxLength: 14 })
        .map((chars) => chars.join(""));
    fc.assert(
      fc.property(
        fc
          .constantFrom(1, 4, 6, 9)
          .chain((min) => fc.uniqueArray(word(min), { minLength: 1, maxLength: 6 })),
        fc.array(fc.constantFrom("a", "b", "c", "xyz"), { maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (patterns, chars, cuts) => {
          const data = Buffer.from(chars.join(""));
          const expected = patterns.flatMap((pattern, index) => {
            const ends: string[] = [];
            for (let at = data.indexOf(pattern); at >= 0; at = data.indexOf(pattern, at + 1))
              ends.push(`${at + pattern.length - 1}:${index}`);
            return ends;
          });
          const matcher = createMatcher(patterns.map((pattern) => Buffer.from(pattern)));
          const found: string[] = [];
          let state = 0;
          let base = 0;
          for (const part of cut(
            data,
            cuts.map((at) => Math.min(at, data.length)),
          )) {
            state = matcher.scan(
              part,
              state,
              (end, pattern) => found.push(`${base + end}:${pattern}`) > 0,
            );
            base += part.length;
          }
          expect(found.toSorted()).toEqual(expected.toSorted());
        },
      ),
      { numRuns: 1000, seed: 3 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodedForms } from "./encodings.ts";
import { createScrubber, createScrubberFactory } from "./scrub.ts";
import type { ScrubberFactory } from "./scrub.ts";

const secret = 'sk-test-Zm9v"/+<é>bar 0123456789';

function inPieces(values: readonly string[], data: Buffer, cuts: readonly number[]): Buffer {
  return cutBy(createScrubberFactory(values), data, cuts);
}

function cutBy(factory: ScrubberFactory, data: Buffer, cuts: readonly number[]): Buffer {
  const scrubber = factory.open();
  const edges = [0, ...[...cuts].sort((a, b) => a - b), data.length];
  const out = edges.slice(1).map((edge, index) => scrubber.push(data.subarray(edges[index], edge)));
  return Buffer.concat([...out, scrubber.flush()]);
}

/** The definition, without a stream: every byte that is part of an occurrence of a form becomes a star. */
function expected(values: readonly string[], data: Buffer): Buffer {
  const out = Buffer.from(data);
  for (const form of values.flatMap(encodedForms))
    for (let at = data.indexOf(form); at >= 0; at = data.indexOf(form, at + 1))
      out.fill("*", at, at + form.length);
  return out;
}

/** Few letters, so that values overlap, repeat and almost match. */
const word = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom("a", "b", "A", "/", "é", '"'), { minLength: min, maxLength: max })
    .map((chars) => chars.join(""));

const hostileText = (values: readonly string[]): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.oneof(
        word(0, 6).map((text) => Buffer.from(text)),
        fc.constantFrom(...values.flatMap(encodedForms)),
        fc
          .tuple(fc.constantFrom(...values.flatMap(encodedForms)), fc.nat(), fc.nat())
          .map(([form, from, to]) =>
            form.subarray(from % (form.length + 1), to % (form.length + 1)),
          ),
      ),
      { maxLength: 8 },
    )
    .map((parts) => Buffer.concat(parts));

describe("scrubber", () => {
  it("stars every value in every form and nothing else, however the stream is cut", () => {
    const scenario = fc
      .array(word(1, 12), { minLength: 1, maxLength: 3 })
      .chain((values) => fc.tuple(fc.constant(values), hostileText(values)))
      .chain(([values, data]) =>
        fc.tuple(
          fc.constant(values),
          fc.constant(data),
          fc.array(fc.nat(data.length), { maxLength: 6 }),
        ),
      );
    fc.assert(
      fc.property(scenario, ([values, data, cuts]) => {
        expect(inPieces(values, data, cuts).toString("latin1")).toBe(
          expected(values, data).toString("latin1"),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same for something whole, and for a last part that is known to be the last", () => {
    const values = ["tok-Zq3/9+xyz", "other value"];
    const factory = createScrubberFactory(values);
    const broken = (data: Buffer): Buffer =>
      Buffer.from(data.toString("latin1").replace(/([\w+/]{7})/g, "$1\r\n"), "latin1");
    fc.assert(
      fc.property(hostileText(values), fc.nat(), fc.boolean(), (text, at, lines) => {
        const data = lines ? broken(text) : text;
        const streamed = cutBy(factory, data, []).toString("latin1");
        const scrubber = factory.open();
        const cut = at % (data.length + 1);
        const parts = [scrubber.push(data.subarray(0, cut)), scrubber.last(data.subarray(cut))];
        expect(Buffer.concat(parts).toString("latin1")).toBe(streamed);
        expect(factory.whole(data).toString("latin1")).toBe(streamed);
        for (let again = 0; again < 2; again += 1)
          expect(factory.text(data.toString("latin1"))).toBe(streamed);
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  it("finds a value in lines of any length, also of one character each", () => {
    const factory = createScrubberFactory([secret]);
    const base64 = Buffer.from(`x${secret}y`).toString("base64");
    for (let width = 1; width < base64.length; width += 1) {
      const lines = base64.replace(new RegExp(`(.{${width}})`, "g"), "$1\r\n ");
      const data = Buffer.from(`a: ${lines}\r\nb: c`);
      const clean = factory.whole(data).toString("latin1");
      expect(clean).toHaveLength(data.length);
      expect(clean.replace(/[^*]/g, "").length).toBeGreaterThan(base64.length - 6);
    }
  });

  it("gives back what it was given where nothing is found", () => {
    const factory = createScrubberFactory([secret]);
    const bytes = Buffer.from("HTTP/1.1 200 OK\r\nContent-Type: application/json");
    expect(factory.whole(bytes)).toBe(bytes);
    expect(factory.open().last(bytes)).toBe(bytes);
  });

  it("gives the same for every single cut and for one byte at a time", () => {
    const data = Buffer.concat([
      Buffer.from("{"),
      ...encodedForms(secret).flatMap((form) => [form, Buffer.from(", s")]),
    ]);
    const whole = expected([secret], data).toString("latin1");
    const factory = createScrubberFactory([secret]);
    for (let cut = 0; cut <= data.length; cut += 1)
      expect(cutBy(factory, data, [cut]).toString("latin1")).toBe(whole);
    expect(inPieces([secret], data, [...data.keys()]).toString("latin1")).toBe(whole);
    for (const form of encodedForms(secret)) expect(whole).not.toContain(form.toString("latin1"));
  });

  it.each([0, 1, 2])("finds base64 with %i bytes before the value, in both alphabets", (before) => {
    const bytes = Buffer.concat([
      Buffer.alloc(before, 0xff),
      Buffer.from(secret),
      Buffer.from("tail"),
    ]);
    for (const alphabet of ["base64", "base64url"] as const) {
      const out = inPieces([secret], Buffer.from(bytes.toString(alphabet)), [7]).toString();
      expect(out).toMatch(/\*{40,}/);
      expect(Buffer.from(out.replaceAll("*", "A"), "base64").includes("0123456789")).toBe(false);
    }
  });

  it.each([
    ["encodeURIComponent", encodeURIComponent(secret)],
    ["a form", new URLSearchParams({ v: secret }).toString()],
    ["JSON", JSON.stringify({ v: secret })],
    ["JSON in ASCII", JSON.stringify(secret).replaceAll("é", "\\u00e9")],
    ["JSON safe for HTML", JSON.stringify(secret).replace("<", "\\u003c").replace(">", "\\u003e")],
    ["JSON with escaped slashes", JSON.stringify(secret).replaceAll("/", "\\/")],
    ["hex", Buffer.from(secret).toString("hex")],
    ["upper-case hex", Buffer.from(secret).toString("hex").toUpperCase()],
  ])("finds the value written by %s", (_name, text) => {
    const out = inPieces([secret], Buffer.from(text), [3, 9]).toString();
    expect(out).toHaveLength(Buffer.from(text).toString().length - (text.includes("é") ? -1 : 0));
    expect(out).not.toContain("0123456789");
    expect(out).not.toContain("30313233");
  });

  it("lets what cannot be the beginning of a value go at once", () => {
    const scrubber = createScrubber([secret]);
    const event = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');
    expect(scrubber.push(event)).toBe(event);
    expect(scrubber.push(Buffer.from("data: sk-te")).toString()).toBe("data: ");
    expect(scrubber.push(Buffer.from("a")).toString()).toBe("sk-tea");
    expect(scrubber.push(Buffer.from("sk-")).toString()).toBe("");
    expect(scrubber.flush().toString()).toBe("sk-");
  });

  it("never writes into the caller's buffer", () => {
    const chunk = Buffer.from(`x${secret}y`);
    createScrubber([secret]).push(chunk);
    expect(chunk.toString()).toBe(`x${secret}y`);
  });

  it("scrubs a header value, and each stream of a factory for itself", () => {
    const factory = createScrubberFactory(["topsecretvalue"]);
    const one = factory.open();
    const two = factory.open();
    expect(one.push(Buffer.from("topsecret")).toString()).toBe("");
    expect(two.push(Buffer.from("value")).toString()).toBe("value");
    expect(one.push(Buffer.from("value")).toString()).toBe("*".repeat(14));
    expect(factory.text("Bearer topsecretvalue; é")).toBe(`Bearer ${"*".repeat(14)}; é`);
  });

  it("passes everything when there is nothing to hide", () => {
    expect(inPieces([], Buffer.from("anything"), [2]).toString()).toBe("anything");
    expect(inPieces([""], Buffer.from("anything"), [2]).toString()).toBe("anything");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineCutter, lineOf, valueOf } from "./line.ts";

function cut(bytes: Buffer, sizes: readonly number[], max = 1000): (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  const push = createLineCutter(max, (line) => lines.push(line));
  let at = 0;
  for (const size of sizes) {
    push(bytes.subarray(at, at + size));
    at += size;
  }
  push(bytes.subarray(at));
  return lines;
}

describe("a line of the wire", () => {
  it("is read as it was written, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }),
        fc.array(fc.nat(30), { maxLength: 30 }),
        (values, sizes) => {
          const bytes = Buffer.from(values.map(lineOf).join(""));
          const read = cut(bytes, sizes, 1e6).map((line) => valueOf(line ?? ""));
          expect(JSON.stringify(read)).toBe(JSON.stringify(values));
        },
      ),
    );
  });

  it("is none when a piece of it is missing, or of another is in it", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(60), fc.nat(20), fc.string(), (text, at, length, other) => {
        const whole = lineOf({ text, pad: "x".repeat(50) }).slice(0, -1);
        const broken = whole.slice(0, at) + other + whole.slice(at + length);
        fc.pre(broken !== whole);
        expect(valueOf(broken)).toBeUndefined();
      }),
    );
  });

  it("is told of but not kept where it is too long, and the next is read", () => {
    const bytes = Buffer.from(`${"x".repeat(1001)}\nshort\n`);
    expect(cut(bytes, [500, 400, 100])).toEqual([undefined, "short"]);
  });

  it("is nothing where it is empty", () => {
    expect(cut(Buffer.from("\n\na\n\n"), [])).toEqual(["a"]);
  });

  it.each(["", "x", "00000000 {}", "00000000 x", `${lineOf({}).slice(0, 9)}[]`])(
    "is none without its checksum, or with something else than an object: %s",
    (text) => {
      expect(valueOf(text)).toBeUndefined();
    },
  );
});

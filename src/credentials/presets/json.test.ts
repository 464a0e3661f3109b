import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "./json.ts";

describe("strict JSON reader", () => {
  it("reads every JSON value as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJson(Buffer.from(text))).toEqual({
          ok: true,
          value: JSON.parse(text) as unknown,
        });
      }),
      { numRuns: 500 },
    );
  });

  it("never throws and never passes what JSON.parse does not", () => {
    const piece = fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "a",
      '"a"',
      '"a":1',
      "1",
      " ",
      "\n",
      "\\u0061",
      "\u00e9",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const text = pieces.join("");
        const reading = readJson(Buffer.from(text));
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        if (reading.ok) expect(parses).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses a repeated key wherever it is put and however it is written", () => {
    const spelled = (key: string, escaped: boolean): string =>
      escaped
        ? `"${key
            .split("")
            .map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
            .join("")}"`
        : JSON.stringify(key);
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z"\\]{0,5}$/),
        fc.boolean(),
        fc.jsonValue({ maxDepth: 2 }),
        fc.nat(4),
        (key, escaped, value, depth) => {
          const twice = `{${spelled(key, false)}:1,"other key":${JSON.stringify(value)},${spelled(key, escaped)}:2}`;
          const text = `${'{"in":['.repeat(depth)}${twice}${"]}".repeat(depth)}`;
          expect(() => JSON.parse(text) as unknown).not.toThrow();
          expect(readJson(Buffer.from(text))).toEqual({
            ok: false,
            why: "a key stands twice in one object",
          });
        },
      ),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText } from "./print.ts";

describe("escapeText", () => {
  it.each([
    ["plain text, ünïcode, 漢字, 🍾", "plain text, ünïcode, 漢字, 🍾"],
    ["\x1b]52;c;ZXZpbA==\x07", "\\x1b]52;c;ZXZpbA==\\x07"],
    ["two\nlines\tand\r", "two\\nlines\\tand\\x0d"],
    ["\x9b31m", "\\x9b31m"],
    ["user\u202etxt.exe", "user\\u{202e}txt.exe"],
    ["zero\u200bwidth\ufeff", "zero\\u{200b}width\\u{feff}"],
    ["line\u2028separator", "line\\u{2028}separator"],
    ["alone \ud800 surrogate", "alone \\u{d800} surrogate"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
  ])("writes %j as %j", (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it("lets nothing through that a terminal obeys or that hides, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

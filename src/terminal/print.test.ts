import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeBytes, escapeJson, escapeLine, escapeText } from "./print.ts";

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

describe("escapeBytes", () => {
  it.each([
    [Buffer.from("plain ä 漢 🍾"), "plain ä 漢 🍾"],
    [Buffer.from([0x61, 0xff, 0x62]), "a\\xffb"],
    [Buffer.from([0xc3, 0x28]), "\\xc3("],
    [Buffer.from([0xc3]), "\\xc3"],
    [Buffer.concat([Buffer.from("ä\x1b"), Buffer.from([0x9b])]), "ä\\x1b\\x9b"],
    [Buffer.from([0xed, 0xa0, 0x80]), "\\xed\\xa0\\x80"],
    [Buffer.concat([Buffer.from("\u202e"), Buffer.from([0x80])]), "\\u{202e}\\x80"],
  ])("writes %j as %j", (bytes, escaped) => {
    expect(escapeBytes(bytes)).toBe(escaped);
  });

  it("lets nothing through that a terminal obeys or that hides, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(escapeBytes(bytes)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u);
        expect(escapeLine(bytes)).not.toMatch(/[^\P{Cc}\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u);
      }),
    );
  });
});

describe("escapeLine", () => {
  it("keeps tabs, and a backslash before a t as it is", () => {
    expect(escapeLine(Buffer.from('\tif ("\\t")\x07'))).toBe('\tif ("\\t")\\x07');
  });
});

describe("escapeJson", () => {
  it("is ASCII and the same value", () => {
    const value = { "\u202e": "\x1b[31m\x7f\x9b ä 漢 🍾 \ud800" };
    const text = escapeJson(value);
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

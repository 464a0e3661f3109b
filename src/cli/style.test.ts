import { describe, expect, it } from "vitest";
import { hasColour, hasUnicode, marksFor } from "./style.ts";

describe("how a stream may be written to", () => {
  it("has colour on a terminal alone, and not against NO_COLOR or TERM=dumb", () => {
    expect(hasColour({ isTTY: true }, {})).toBe(true);
    expect(hasColour({ isTTY: true }, { NO_COLOR: "" })).toBe(true);
    expect(hasColour({}, {})).toBe(false);
    expect(hasColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
    expect(hasColour({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  });

  it("goes by the first locale variable that is set and not empty", () => {
    expect(hasUnicode({ LANG: "C.UTF-8" })).toBe(true);
    expect(hasUnicode({ LC_ALL: "", LANG: "en_GB.utf8" })).toBe(true);
    expect(hasUnicode({ LC_ALL: "C", LANG: "C.UTF-8" })).toBe(false);
    expect(hasUnicode({})).toBe(false);
  });

  it("marks lines in ASCII where the locale has nothing else", () => {
    for (const mark of Object.values(marksFor({ LANG: "C" })))
      expect(mark).toMatch(/^[\x20-\x7e]{2}$/);
  });
});

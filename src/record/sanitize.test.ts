import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../gateway/config.ts";
import { sanitizeEvent } from "./sanitize.ts";

const names = ["authority", "method", "code", "reason", "credential", "path"] as const;
const hash = (value: string): string => `(${value.length})`;

/** Values to hide in texts: also some that reach from one text into the next, or that are longer or shorter once they are hidden. */
const scrub = (text: string): string =>
  text.replaceAll("hush", "*").replaceAll("a\0b", "***").replaceAll("line", "l\0ne");

describe("a sanitized event", () => {
  it("has each of its texts as if it had come alone", () => {
    const piece = fc.constantFrom("hush", "a", "b", "\0", "line", "/x?y=hush", "\u0007", "é", "\\");
    const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));
    const texts = fc.record(
      { authority: text, method: text, code: text, reason: text, credential: text, path: text },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(texts, (some) => {
        const base = { at: 1, event: "request" } as const;
        const event: AuditEvent = { ...base, ...some };
        const alone = names
          .filter((name) => some[name] !== undefined)
          .map((name) => sanitizeEvent({ ...base, [name]: some[name] }, hash, scrub));
        expect(sanitizeEvent(event, hash, scrub)).toEqual(Object.assign({}, base, ...alone));
      }),
      { seed: 4, numRuns: 2000 },
    );
  });
});

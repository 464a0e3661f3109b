import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMac } from "./mac.ts";

describe("the MAC of many texts", () => {
  it("is Node's own HMAC-SHA-256, for every key and text, one after the other", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.string({ unit: "binary", maxLength: 3000 }), { maxLength: 5 }),
        (key, texts) => {
          const mac = createMac(key);
          for (const text of texts)
            expect(mac(text)).toBe(createHmac("sha256", key).update(text).digest("hex"));
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });

  it("takes no key that would have to be hashed first", () => {
    expect(() => createMac(new Uint8Array(65))).toThrow(RangeError);
  });
});

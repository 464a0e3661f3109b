import fc from "fast-check";
import { deflateRawSync, constants } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createInflate } from "./inflate.ts";

function inflated(parts: readonly Uint8Array[]): { data: Buffer; state: string; rest: Buffer } {
  const pieces: Buffer[] = [];
  const inflate = createInflate((piece) => pieces.push(Buffer.from(piece)));
  let state = "more";
  let rest = Buffer.alloc(0);
  for (const part of parts) {
    // The owner of a part uses its memory again.
    const own = Buffer.from(part);
    state = inflate.push(own);
    rest = Buffer.from(inflate.rest());
    own.fill(0xee);
    if (state !== "more") break;
  }
  return { data: Buffer.concat(pieces), state, rest };
}

function cut(data: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) parts.push(data.subarray(at, at + size));
  return parts;
}

const texts: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.tuple(fc.string({ maxLength: 12 }), fc.nat(200)), { maxLength: 20 })
    .map((words) => Buffer.from(words.map(([word, times]) => word.repeat(times)).join(""))),
);

describe("inflate", () => {
  it("reads what zlib writes, at any level and strategy, cut into parts of any size", () => {
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(
          constants.Z_DEFAULT_STRATEGY,
          constants.Z_FIXED,
          constants.Z_HUFFMAN_ONLY,
          constants.Z_RLE,
        ),
        fc.integer({ min: 1, max: 60 }),
        (data, level, strategy, size) => {
          const packed = deflateRawSync(data, { level, strategy });
          const out = inflated(cut(packed, size));
          expect(out.state).toBe("done");
          expect(out.data.equals(data)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads a megabyte that repeats itself from 32 KiB back", () => {
    const block = Buffer.from(
      Array.from({ length: 32_768 }, (_, index) => (index * index * 31) & 255),
    );
    const data = Buffer.concat(Array.from({ length: 32 }, () => block));
    for (const size of [1000, 1 << 20])
      expect(inflated(cut(deflateRawSync(data), size)).data.equals(data)).toBe(true);
  });

  it("tells after each part all that is known by then", () => {
    const packed = deflateRawSync(Buffer.from("a secret in here"), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    expect(inflated([packed])).toMatchObject({ state: "more" });
    expect(inflated([packed]).data.toString()).toBe("a secret in here");
  });

  it("gives back what follows the end", () => {
    const packed = deflateRawSync(Buffer.from("body"));
    const out = inflated([Buffer.concat([packed, Buffer.from("trailer")])]);
    expect([out.data.toString(), out.rest.toString()]).toEqual(["body", "trailer"]);
  });

  it("ends on anything, and says where it cannot read", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        (bytes, size) => {
          expect(["more", "done", "bad"]).toContain(inflated(cut(Buffer.from(bytes), size)).state);
        },
      ),
      { numRuns: 1000 },
    );
    expect(inflated([Buffer.from([0xff])]).state).toBe("bad");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flushPacket, GitFormatError, packet, readPackets } from "./pkt-line.ts";
import type { Packet } from "./pkt-line.ts";

function all(data: Buffer): readonly Packet[] {
  const packets = readPackets(data);
  const read: Packet[] = [];
  for (let next = packets.next(); next !== undefined; next = packets.next()) read.push(next);
  return read;
}

describe("packet lines", () => {
  it("are read as they were written, whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
        const data = Buffer.concat([
          ...parts.map((part) => packet(Buffer.from(part))),
          flushPacket,
        ]);
        const read = all(data);
        expect(read.at(-1)).toEqual({ kind: "flush" });
        expect(read.slice(0, -1).map((one) => one.kind === "data" && [...one.data])).toEqual(
          parts.map((part) => [...part]),
        );
      }),
      { seed: 20261124 },
    );
  });

  it("never read beyond their data, and throw nothing but what is ours", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const read = all(Buffer.from(bytes));
          const size = read.reduce(
            (sum, one) => sum + 4 + (one.kind === "data" ? one.data.length : 0),
            0,
          );
          expect(size).toBe(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(GitFormatError);
        }
      }),
      { seed: 20261124, numRuns: 2000 },
    );
  });

  it.each([
    ["of three bytes", "0003"],
    ["longer than the data", "0009abcd"],
    ["longer than git sends", `fff5${"x".repeat(0xfff1)}`],
    ["with a sign", "+005x"],
    ["with a space", " 005x"],
    ["cut in its length", "00"],
  ])("are refused: one %s", (_what, text) => {
    expect(() => all(Buffer.from(text, "latin1"))).toThrow(GitFormatError);
  });

  it("are not written longer than git takes them", () => {
    expect(packet(Buffer.alloc(65_516))).toHaveLength(65_520);
    expect(() => packet(Buffer.alloc(65_517))).toThrow(GitFormatError);
  });
});

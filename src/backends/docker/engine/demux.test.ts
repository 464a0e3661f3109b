import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carry } from "./demux.ts";

interface Piece {
  readonly stream: number;
  readonly data: Uint8Array;
}

function framed(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(
    pieces.flatMap(({ stream, data }) => {
      const head = Buffer.alloc(8);
      head[0] = stream;
      head.writeUInt32BE(data.length, 4);
      return [head, Buffer.from(data)];
    }),
  );
}

async function all(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function of(pieces: readonly Piece[], stream: number): Buffer {
  return Buffer.concat(
    pieces.filter((piece) => piece.stream === stream).map(({ data }) => Buffer.from(data)),
  );
}

describe("an attached stream", () => {
  it("is taken apart the same, however it is cut", async () => {
    const pieces = fc.array(
      fc.record({ stream: fc.integer({ min: 0, max: 3 }), data: fc.uint8Array({ maxLength: 40 }) }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 50 }), async (given, cut) => {
        const source = new PassThrough();
        const carried = carry(source, false);
        const read = Promise.all([all(carried.stdout), all(carried.stderr)]);
        const bytes = framed(given);
        for (let at = 0; at < bytes.length; at += cut) source.write(bytes.subarray(at, at + cut));
        source.end();
        expect(await read).toEqual([of(given, 1), of(given, 2)]);
      }),
      { seed: 20_261_124, numRuns: 200 },
    );
  });

  it("comes as it is from a terminal", async () => {
    const source = new PassThrough();
    const carried = carry(source, true);
    source.end(Buffer.from([1, 0, 0, 0, 0, 0, 0, 1, 65]));
    expect((await all(carried.stdout)).length).toBe(9);
    expect((await all(carried.stderr)).length).toBe(0);
  });

  it("waits for a slow reader, until it is in a hurry; then it takes what is left, and no more than that", async () => {
    const source = new PassThrough({ highWaterMark: 1024 });
    const carried = carry(source, true);
    let taken = 0;
    let more = true;
    const feed = async (): Promise<void> => {
      for (; more && taken < 64 * 1024 * 1024; taken += 1024 * 1024) {
        if (!source.write(Buffer.alloc(1024 * 1024)))
          await Promise.race([new Promise((resolve) => source.once("drain", resolve)), stopped]);
      }
    };
    let stop = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const feeding = feed();
    for (let looks = 0; looks < 50; looks += 1) await turn();
    expect(taken).toBeLessThan(4 * 1024 * 1024);
    carried.hurry();
    for (let looks = 0; looks < 2000 && taken < 30 * 1024 * 1024; looks += 1) await turn();
    expect(taken).toBeGreaterThanOrEqual(30 * 1024 * 1024);
    for (let looks = 0; looks < 200; looks += 1) await turn();
    expect(taken).toBeLessThan(40 * 1024 * 1024);
    more = false;
    stop();
    await feeding;
    source.destroy();
  });
});

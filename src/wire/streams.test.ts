import { once } from "node:events";
import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LineValue } from "./line.ts";
import { openStreams } from "./streams.ts";
import type { Streams } from "./streams.ts";

interface Pair {
  readonly here: Streams;
  readonly there: Streams;
  /** Everything that went over, as it was said. */
  readonly said: LineValue[];
}

/** Two ends, and every message told to the other one in its own turn. */
function pair(): Pair {
  const said: LineValue[] = [];
  const link = (to: () => Streams) => (message: object) => {
    said.push(message as LineValue);
    const text = JSON.stringify(message);
    setImmediate(() => to().hear(JSON.parse(text) as LineValue));
  };
  const here: Streams = openStreams(link(() => there));
  const there: Streams = openStreams(link(() => here));
  return { here, there, said };
}

function both({ here, there }: Pair, halfOpen = true): readonly [Duplex, Duplex] {
  return [here.open(0, halfOpen), there.open(0, halfOpen)];
}

/** All that comes until the end; the other direction stays as it is. */
async function rest(stream: Duplex): Promise<Buffer> {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  await once(stream, "end");
  return Buffer.concat(parts);
}

function saidBytes({ said }: Pair): number {
  const sizes = said.map(({ data }) =>
    typeof data === "string" ? Buffer.from(data, "base64").length : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const megabyte = Buffer.alloc(1024 * 1024, "0123456789abcdef!");

describe("a stream", () => {
  it("brings bytes whole and in order, both ways, in whatever pieces", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(300_000), { maxLength: 6 }), async (sizes) => {
        const [one, other] = both(pair());
        const parts = sizes.map((size, index) => Buffer.alloc(size, `${index}abc`));
        const [came, back] = [rest(other), rest(one)];
        for (const part of parts) {
          one.write(part);
          other.write(part);
        }
        one.end();
        other.end();
        expect((await came).equals(Buffer.concat(parts))).toBe(true);
        expect((await back).equals(Buffer.concat(parts))).toBe(true);
      }),
      { seed: 20_261_124, numRuns: 40 },
    );
  });

  it("says no more than fits where nobody reads, and goes on when somebody does", async () => {
    const two = pair();
    const [one, other] = both(two);
    let written = false;
    one.write(megabyte, () => (written = true));
    for (let turns = 0; turns < 100; turns += 1) await turn();
    const bytes = saidBytes(two);
    expect(bytes).toBe(256 * 1024);
    expect(written).toBe(false);
    one.end();
    expect((await rest(other)).equals(megabyte)).toBe(true);
    expect(written).toBe(true);
  });

  it("is not held up by another one that nobody reads", async () => {
    const two = pair();
    const [slow] = both(two);
    const [fast, far] = [two.here.open(1, true), two.there.open(1, true)];
    slow.write(megabyte);
    fast.end("over");
    expect((await rest(far)).toString()).toBe("over");
  });

  it("hands an end on and takes what comes after it", async () => {
    const [one, other] = both(pair());
    one.end("question");
    expect((await rest(other)).toString()).toBe("question");
    other.end("answer");
    expect((await rest(one)).toString()).toBe("answer");
  });

  it("ends with the other direction where it is not half open", async () => {
    const [one, other] = both(pair(), false);
    one.resume();
    other.end();
    await once(one, "close");
  });

  it("breaks where the other end breaks, and nobody has to listen for it", async () => {
    const two = pair();
    const [one, other] = both(two);
    one.write("begun");
    await once(other, "data");
    other.destroy();
    await once(one, "close");
    expect(two.said.filter(({ type }) => type === "break")).toHaveLength(1);
    // What was on its way to it is nobody's.
    expect(two.here.hear({ type: "data", stream: 0, data: "AAAA" })).toBe(true);
  });

  it("breaks when everything is over", async () => {
    const two = pair();
    const [one] = both(two);
    two.here.close();
    await once(one, "close");
    expect(two.said).toEqual([]);
  });

  it.each([
    {},
    { type: "data" },
    { type: "data", stream: -1, data: "" },
    { type: "data", stream: 0, data: 1 },
    { type: "data", stream: 0, data: "A".repeat(400_000) },
    { type: "credit", stream: 0, bytes: "1" },
    { type: "open", stream: 0 },
  ])("is told nothing by %j", (message) => {
    const streams = openStreams(() => undefined);
    streams.open(0, true);
    expect(streams.hear(message)).toBe(false);
  });

  it("says little where very many are not read, and one that is read goes on", async () => {
    const two = pair();
    const stuck = Array.from({ length: 300 }, (_, index) => two.here.open(index + 1, true));
    for (const stream of stuck) {
      two.there.open(stuck.indexOf(stream) + 1, true);
      stream.write(megabyte);
    }
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(saidBytes(two)).toBeLessThan(18 * 1024 * 1024);
    const [one, other] = both(two);
    one.end(megabyte);
    expect((await rest(other)).equals(megabyte)).toBe(true);
    // What was held is free again.
    for (const stream of stuck) stream.destroy();
    const [next, far] = [two.here.open(999, true), two.there.open(999, true)];
    next.end(megabyte);
    expect((await rest(far)).equals(megabyte)).toBe(true);
  });

  it("never has more room than it began with", async () => {
    const said: LineValue[] = [];
    const streams = openStreams((message) => said.push(message as LineValue));
    const stream = streams.open(0, true);
    streams.hear({ type: "credit", stream: 0, bytes: 2 ** 40 });
    stream.write(megabyte);
    await turn();
    expect(said.length).toBeLessThan(8);
  });
});

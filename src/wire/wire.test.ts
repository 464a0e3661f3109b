import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { openCutWire } from "../../tests/support/hosted/cut-wire.ts";
import type { Cut, CutWire } from "../../tests/support/hosted/cut-wire.ts";
import { openCallee } from "./callee.ts";
import type { Callee } from "./callee.ts";
import { createCaller } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { LineValue } from "./line.ts";

interface Both extends Disposable {
  readonly wire: CutWire;
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly caller: Caller;
  readonly callee: Callee;
  readonly atCaller: LineValue[];
  readonly atCallee: LineValue[];
  gone: boolean;
}

function open(ttl = 60_000, pace = 20_000): Both {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const both: Both = {
    ...{ input, output, atCaller: [], atCallee: [], gone: false },
    wire: openCutWire(input, output),
    caller: createCaller({ maxLine: 10_000, pace, message: (one) => both.atCaller.push(one) }),
    callee: openCallee({
      ...{ input, output, ttl, maxLine: 10_000 },
      message: (one) => both.atCallee.push(one),
      gone: () => (both.gone = true),
    }),
    [Symbol.dispose]() {
      both.callee[Symbol.dispose]();
      both.wire.cut();
    },
  };
  return both;
}

/** Numbered, of some length, so that cuts fall into them. */
function message(index: number): object {
  return { index, text: "ä".repeat(index % 40) };
}

const indexes = (came: readonly LineValue[]): unknown[] => came.map(({ index }) => index);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const cutPoint = fc.oneof(fc.nat(300), fc.nat(4000));
const someCut: fc.Arbitrary<Cut> = fc.record({
  into: cutPoint,
  out: cutPoint,
  late: fc.boolean(),
});

let both: Both;
afterEach(() => both[Symbol.dispose]());

describe("the wire", () => {
  it("brings every message once and in order, both ways, wherever its connections are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ cut: someCut, said: fc.nat(12), answered: fc.nat(12) }), {
          maxLength: 12,
        }),
        async (steps) => {
          using one = open();
          const sent = { caller: 0, callee: 0 };
          const say = (said: number, answered: number): void => {
            for (let left = said; left > 0; left -= 1) one.caller.send(message(sent.caller++));
            for (let left = answered; left > 0; left -= 1) one.callee.send(message(sent.callee++));
          };
          for (const { cut, said, answered } of steps) {
            const served = one.caller.serve(one.wire.connect(cut));
            say(said, answered);
            for (let turns = 8; turns > 0; turns -= 1) await turn();
            say(answered, said);
            await turn();
            one.wire.cut();
            expect(await served).toBe("cut");
          }
          void one.caller.serve(one.wire.connect());
          say(1, 1);
          for (let turns = 0; one.caller.held + one.callee.held > 0 && turns < 2000; turns += 1)
            await turn();
          expect(indexes(one.atCallee)).toEqual(upTo(sent.caller));
          expect(indexes(one.atCaller)).toEqual(upTo(sent.callee));
          expect([one.caller.held, one.callee.held]).toEqual([0, 0]);
        },
      ),
      { seed: 20_261_124, numRuns: 300 },
    );
    both = open();
  });

  it("waits for a hello where its input makes no sense, and goes on after one", async () => {
    both = open();
    void both.caller.serve(both.wire.connect());
    both.caller.send(message(0));
    await expect.poll(() => both.atCallee.length).toBe(1);
    both.input.write('0badc0de {"n":9}\nrubbish\n\0\xff');
    both.caller.send(message(1));
    both.callee.send(message(0));
    await expect.poll(() => indexes(both.atCallee)).toEqual([0, 1]);
    await expect.poll(() => indexes(both.atCaller)).toEqual([0]);
  });

  it("hears nobody but the caller that it heard first", async () => {
    both = open();
    void both.caller.serve(both.wire.connect());
    both.callee.send(message(0));
    await expect.poll(() => both.atCaller.length).toBe(1);
    const heard: LineValue[] = [];
    const other = createCaller({ maxLine: 10_000, pace: 30, message: (one) => heard.push(one) });
    const served = other.serve(both.wire.connect());
    other.send(message(7));
    both.callee.send(message(1));
    expect(await served).toBe("cut");
    expect([heard, both.atCallee]).toEqual([[], []]);
    void both.caller.serve(both.wire.connect());
    await expect.poll(() => indexes(both.atCaller)).toEqual([0, 1]);
  });

  it("gives up where another program answers: what it was told, that one does not know", async () => {
    both = open();
    void both.caller.serve(both.wire.connect());
    both.caller.send(message(0));
    await expect.poll(() => both.caller.held).toBe(0);
    using other = open();
    expect(await both.caller.serve(other.wire.connect())).toBe("stranger");
    expect(both.caller.connected).toBe(false);
  });

  it("is cut where nobody answers, and its callee ends where nobody asks", async () => {
    both = open(1500, 400);
    const { wire } = both;
    const served = both.caller.serve(wire.connect());
    both.caller.send(message(0));
    await expect.poll(() => both.atCallee.length).toBe(1);
    // Longer than the time in which it would end by itself.
    await new Promise((done) => setTimeout(done, 2000));
    expect([both.gone, both.caller.connected]).toEqual([false, true]);
    both.input.removeAllListeners("data");
    expect(await served).toBe("cut");
    await expect.poll(() => both.gone, { timeout: 10_000 }).toBe(true);
  });

  it("keeps what was said until it is acknowledged, and no longer", async () => {
    both = open();
    for (let index = 0; index < 3000; index += 1) both.callee.send(message(index));
    expect(both.callee.held).toBeGreaterThan(3000 * 20);
    void both.caller.serve(both.wire.connect());
    await expect.poll(() => both.callee.held).toBe(0);
    expect(indexes(both.atCaller)).toEqual(upTo(3000));
  });
});

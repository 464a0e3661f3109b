/** A program in the gateway's place that says what it likes: the supervisor lives on, and ends the bottle in order. */
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openCutWire } from "../../../tests/support/hosted/cut-wire.ts";
import { openCallee } from "../../wire/callee.ts";
import type { Callee } from "../../wire/callee.ts";
import { openHosted } from "./hosted.ts";
import type { HostedGateway } from "./hosted.ts";

interface Scene extends AsyncDisposable {
  readonly program: Callee;
  readonly hosted: HostedGateway;
  /** What it was told. */
  readonly told: unknown[];
}

function open(): Scene {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const wire = openCutWire(input, output);
  const told: unknown[] = [];
  const program = openCallee({
    ...{ input, output, ttl: 60_000, maxLine: 1e6 },
    message: (message) => told.push(message),
    gone: () => undefined,
  });
  const host = {
    connect: async () => wire.connect(),
    exited: new Promise<string>(() => undefined),
    [Symbol.asyncDispose]: async () => wire.cut(),
  };
  const hosted = openHosted({ host, ttl: 60_000 });
  hosted.control.on("error", () => undefined);
  return {
    ...{ program, hosted, told },
    async [Symbol.asyncDispose]() {
      program[Symbol.dispose]();
      await hosted[Symbol.asyncDispose]();
    },
  };
}

describe("a program in the gateway's place", () => {
  it("brings nobody who was not expected, nor anybody twice", async () => {
    await using scene = open();
    await expect.poll(() => scene.hosted.cutOff).toBe(false);
    let came = 0;
    const first = new Promise((done) =>
      scene.hosted.waysBack.expect((link) => {
        came += 1;
        done(link);
      }),
    );
    await expect.poll(() => scene.told.length).toBe(1);
    for (const stream of [0, 1, 1, 2, 1e15]) scene.program.send({ type: "came", stream });
    expect(await first).not.toBeUndefined();
    await expect
      .poll(() => scene.told.slice(1))
      .toEqual([
        { type: "break", stream: 2 },
        { type: "break", stream: 1e15 },
      ]);
    expect(came).toBe(1);
  });

  it("is let go when it says what no gateway says", async () => {
    await using scene = open();
    scene.program.send({ type: "dance" });
    expect(await scene.hosted.lost).toMatchObject({
      code: "E_GATEWAY_LOST",
      why: "It said what no gateway says.",
    });
    await expect.poll(() => scene.hosted.control.destroyed).toBe(true);
  });

  it("does no harm with anything else that it says", async () => {
    const word = fc.constantFrom("data", "end", "break", "credit", "came", "missed", "audit");
    const more = fc.constantFrom("stats", "opened", "failed", "closed", "not-replaced");
    const message = fc.record({
      type: fc.oneof(word, more),
      stream: fc.oneof(fc.nat(3), fc.jsonValue()),
      data: fc.oneof(fc.base64String(), fc.jsonValue()),
      bytes: fc.oneof(fc.nat(), fc.jsonValue()),
      event: fc.jsonValue(),
      error: fc.jsonValue(),
      at: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 10 }), async (messages) => {
        await using scene = open();
        scene.hosted.control.resume();
        await expect.poll(() => scene.hosted.cutOff, { interval: 2 }).toBe(false);
        scene.hosted.waysBack.expect((link) => link?.resume());
        for (const one of messages) scene.program.send(one);
        let lost = false;
        void scene.hosted.lost.then(() => (lost = true));
        await expect.poll(() => lost || scene.program.held === 0, { interval: 2 }).toBe(true);
      }),
      { seed: 20_261_124, numRuns: 100 },
    );
  });
});

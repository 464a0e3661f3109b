import fc from "fast-check";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { frameKinds, maxFrame, openFrames } from "./frames.ts";
import type { FrameKind } from "./frames.ts";

interface Wire {
  readonly stream: Duplex;
  readonly written: Buffer[];
}

/** A stream whose written bytes are kept, and into which bytes can be pushed. */
function wire(): Wire {
  const written: Buffer[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  return { stream, written };
}

async function received(
  bytes: readonly Buffer[],
): Promise<{ frames: { kind: FrameKind; text: string }[]; ended: number }> {
  const { stream } = wire();
  const frames: { kind: FrameKind; text: string }[] = [];
  let ended = 0;
  openFrames(stream, {
    onFrame: (kind, payload) => frames.push({ kind, text: payload.toString("utf8") }),
    onEnd: () => (ended += 1),
  });
  for (const piece of bytes) stream.push(piece);
  stream.push(null);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return { frames, ended };
}

function encoded(frames: readonly { kind: FrameKind; text: string }[]): Buffer {
  const { stream, written } = wire();
  const channel = openFrames(stream, { onFrame: () => undefined, onEnd: () => undefined });
  for (const frame of frames) channel.send(frame.kind, Buffer.from(frame.text, "utf8"));
  return Buffer.concat(written);
}

const anyFrame = fc.record({
  kind: fc.constantFrom(...Object.values(frameKinds)),
  text: fc.string(),
});

test("frames arrive as they were sent, however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyFrame, { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      async (frames, size) => {
        const bytes = encoded(frames);
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        const got = await received(pieces);
        expect(got.frames).toEqual(frames);
        expect(got.ended).toBe(1);
      },
    ),
    { numRuns: 60 },
  );
});

test("an unknown kind ends the connection", async () => {
  const got = await received([Buffer.from([9, 0, 0, 0, 0])]);
  expect(got).toEqual({ frames: [], ended: 1 });
});

test("a frame over the limit ends the connection before its payload is awaited", async () => {
  const header = Buffer.alloc(5);
  header[0] = frameKinds.stdout;
  header.writeUInt32BE(maxFrame + 1, 1);
  expect(await received([header])).toEqual({ frames: [], ended: 1 });
});

test("a connection that died before anybody listened ends as well", async () => {
  const { stream } = wire();
  stream.destroy();
  await new Promise((resolve) => stream.once("close", resolve));
  await new Promise<void>((resolve) => {
    openFrames(stream, { onFrame: () => undefined, onEnd: resolve });
  });
});

/** Whatever the bytes are and wherever they are cut, frames are read the same, or refused. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameError, createFrameReader } from "./frame-reader.ts";
import { writeFrame } from "./frame-writer.ts";

/** What was read, with data joined up to the next control frame or end. */
function read(chunks: readonly Buffer[], masked: boolean): string[] {
  const seen: string[] = [];
  let data = "";
  const reader = createFrameReader(masked, {
    onData: (part) => (data += part.toString("latin1")),
    onMessageEnd(code) {
      seen.push(`${code}:${data}`);
      data = "";
    },
    onControl: (code, payload) => seen.push(`${code}!${payload.toString("latin1")}`),
  });
  try {
    for (const chunk of chunks) reader.push(chunk);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    seen.push(`error ${error.code}`);
  }
  return seen;
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((to, index) => bytes.subarray(places[index - 1] ?? 0, to));
}

const message = fc.record({
  code: fc.constantFrom(1, 2),
  parts: fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat({ max: 70_000 }).map((size) => new Uint8Array(size)),
    ),
    { minLength: 1, maxLength: 4 },
  ),
  ping: fc.option(fc.uint8Array({ maxLength: 125 })),
});

test.each([true, false])(
  "what is written is read again, wherever it is cut (masked: %s)",
  (masked) => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (all, cuts) => {
          const expected: string[] = [];
          const frames = all.flatMap(({ code, parts, ping }) => {
            const written = parts.flatMap((part, index) => [
              writeFrame(
                index === 0 ? code : 0,
                index === parts.length - 1,
                Buffer.from(part),
                masked,
              ),
              ...(ping === null || index === parts.length - 1
                ? []
                : [writeFrame(9, true, Buffer.from(ping), masked)]),
            ]);
            if (ping !== null)
              for (let index = 1; index < parts.length; index += 1)
                expected.push(`9!${Buffer.from(ping).toString("latin1")}`);
            expected.push(`${code}:${Buffer.concat(parts).toString("latin1")}`);
            return written;
          });
          const bytes = Buffer.concat(frames);
          expect(read(cutAt(bytes, cuts), masked)).toEqual(expected);
        },
      ),
      { seed: 20_261_124, numRuns: 60 },
    );
  },
);

test("any bytes are read or refused, the same wherever they are cut", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 10 }),
      (bytes, masked, cuts) => {
        const whole = Buffer.from(bytes);
        expect(read(cutAt(whole, cuts), masked)).toEqual(read([whole], masked));
      },
    ),
    { seed: 20_261_124, numRuns: 2000 },
  );
});

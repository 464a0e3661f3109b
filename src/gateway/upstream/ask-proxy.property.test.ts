/** Whatever a proxy answers, and in whatever pieces: a status is believed, or the way stays closed. */
import fc from "fast-check";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { defaultLimits } from "../limits.ts";
import { askProxy } from "./ask-proxy.ts";

/** A connection whose other side says these bytes and then ends. */
function answering(pieces: readonly Uint8Array[]): Socket {
  const connection = new Duplex({
    allowHalfOpen: false,
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      for (const piece of pieces) connection.push(Buffer.from(piece));
      connection.push(null);
      done();
    },
  });
  connection.on("error", () => undefined);
  return connection as unknown as Socket;
}

const line = fc.constantFrom(
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.0 200 Connection established\r\n",
  "HTTP/1.1 407 No\r\n",
  "HTTP/2 200\r\n",
  "A: b\r\n",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "\r\n",
  "\n",
);
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: line }, fc.string()), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join(""), "latin1"));
const bytes = fc.oneof({ weight: 3, arbitrary: text }, fc.uint8Array({ maxLength: 400 }));

test("an answer is read to its end and no further, and nothing else is taken for a 200", async () => {
  let opened = 0;
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 64 }), async (answer, size) => {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < answer.length; at += size) pieces.push(answer.subarray(at, at + size));
      const status = await askProxy(answering(pieces), "CONNECT x:1", defaultLimits).catch(
        (error: unknown) => {
          expect(error).toBeInstanceOf(Error);
          return undefined;
        },
      );
      if (status !== 200) return;
      opened += 1;
      const said = Buffer.from(answer).toString("latin1");
      expect(said).toMatch(/^HTTP\/1\.[01] 200 [^\n]*\r\n/);
      expect(said.indexOf("\r\n\r\n")).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
  expect(opened).toBeGreaterThan(0);
});

/** Whatever a head of HTTP/2 holds, it is read as one head of HTTP/1.1 or refused. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../refusal.ts";
import { h2RequestHead, h2ResponseBytes, h2Trailers } from "./head-text.ts";

const seed = 20_261_124;

const name = fc.oneof(
  fc.constantFrom(
    ":method",
    ":path",
    ":authority",
    ":scheme",
    ":protocol",
    ":status",
    "host",
    "cookie",
    "te",
    "expect",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "x-a",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const value = fc.oneof(
  fc.constantFrom(
    "GET",
    "/",
    "a.example",
    "https",
    "5",
    "chunked",
    "a=b",
    "x\r\ny: z",
    "x\n",
    "\0",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const good = [":method", "GET", ":scheme", "https", ":authority", "a.example", ":path", "/p"];

function orRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

test("a request's head", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      (list, begun, ended) => {
        const raw = [...(begun ? good : []), ...list.flat()];
        const head = orRefused(() => h2RequestHead(raw, ended, 50));
        if (head === undefined) return;
        expect(head.host).toBe(raw[raw.indexOf(":authority") + 1]);
        expect(head.target).toBe(raw[raw.indexOf(":path") + 1]);
        expect(head.upgrade).toBeUndefined();
        if (ended) expect(head.framing).toBe(0);
        const lines = head.bytes.toString("latin1").split("\r\n");
        expect(lines).toHaveLength(1 + head.fields.size);
        for (const line of lines) expect(line).not.toMatch(/[\r\n\0]/);
        expect(head.fields.lowers.filter((lower) => lower === "host")).toHaveLength(1);
        expect(head.fields.lowers.filter((lower) => lower === "cookie").length).toBeLessThan(2);
      },
    ),
    { seed, numRuns: 5000 },
  );
});

test("an answer's head, and trailers", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (list) => {
      const raw = [":status", "200", ...list.flat()];
      const bytes = orRefused(() => h2ResponseBytes(raw));
      for (const line of bytes?.toString("latin1").split("\r\n") ?? [])
        expect(line).not.toMatch(/[\r\n\0]/);
      const trailers = orRefused(() => h2Trailers(list.flat(), 50));
      for (const text of trailers?.values ?? []) expect(text).not.toMatch(/[\r\n\0]/);
    }),
    { seed, numRuns: 3000 },
  );
});

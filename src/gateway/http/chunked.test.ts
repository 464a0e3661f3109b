import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../refusal.ts";
import { ChunkedReader } from "./chunked.ts";
import { gather } from "./gather.ts";

interface Read {
  readonly body: string;
  readonly done: boolean;
  /** Bytes behind the body. */
  readonly rest: string;
}

/** Reads the text in pieces that end at the given places. */
function read(text: string, cuts: readonly number[] = []): Read {
  const bytes = Buffer.from(text, "latin1");
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const reader = new ChunkedReader();
  let body = "";
  let rest = "";
  let from = 0;
  for (const to of [...places, bytes.length]) {
    const chunk = bytes.subarray(from, to);
    const { end, data } = reader.done
      ? { end: 0, data: Buffer.alloc(0) }
      : gather(reader, chunk, 0);
    body += data.toString("latin1");
    rest += chunk.toString("latin1", end);
    from = to;
  }
  return { body, done: reader.done, rest };
}

function encode(parts: readonly string[], trailer = ""): string {
  const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  return `${chunks.join("")}0\r\n${trailer}\r\n`;
}

test.each([
  ["an extension", "3;a=b\r\nabc\r\n0\r\n\r\n"],
  ["a space after the size", "3 \r\nabc\r\n0\r\n\r\n"],
  ["a space before the size", " 3\r\nabc\r\n0\r\n\r\n"],
  ["no size", "\r\nabc\r\n0\r\n\r\n"],
  ["a hex prefix", "0x3\r\nabc\r\n0\r\n\r\n"],
  ["a sign", "+3\r\nabc\r\n0\r\n\r\n"],
  ["nine digits", "000000003\r\nabc\r\n0\r\n\r\n"],
  ["a bare LF after the size", "3\nabc\r\n0\r\n\r\n"],
  ["a bare CR after the size", "3\rabc\r\n0\r\n\r\n"],
  ["data longer than its size", "3\r\nabcd\r\n0\r\n\r\n"],
  ["a bare LF after the data", "3\r\nabc\n0\r\n\r\n"],
  ["a malformed trailer", "0\r\nX y: b\r\n\r\n"],
  ["a bare LF in the trailer", "0\r\nX: b\n\r\n"],
  ["a trailer without end", `0\r\n${"X: b\r\n".repeat(2000)}`],
])("%s is refused, however it arrives", (_name, text) => {
  expect(() => read(text)).toThrow(Refusal);
  expect(() => read(text, [...Array(text.length).keys()])).toThrow(Refusal);
});

test("a body is the same wherever its bytes are cut, and not one byte behind it is taken", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" }), { maxLength: 10 }),
      fc.constantFrom("", "X-Sum: 1\r\n", "A: b\r\nC: d\r\n"),
      fc.string({ maxLength: 20, unit: "binary-ascii" }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (parts, trailer, rest, cuts) => {
        expect(read(encode(parts, trailer) + rest, cuts)).toEqual({
          body: parts.join(""),
          done: true,
          rest,
        });
      },
    ),
  );
});

test("an unfinished body is not done", () => {
  const text = encode(["abc", "defg"], "X: y\r\n");
  for (let length = 0; length < text.length; length += 1)
    expect(read(text.slice(0, length)).done).toBe(false);
});

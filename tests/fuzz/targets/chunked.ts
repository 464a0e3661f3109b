/** Chunked bodies: what is accepted is what a simple reader makes of it, however the bytes were cut. */
import { ChunkedReader } from "../../../src/gateway/http/chunked.ts";
import { Refusal } from "../../../src/gateway/refusal.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

interface Read {
  readonly data: string;
  readonly end: number;
  readonly done: boolean;
}

/** Undefined: refused. */
function read(input: Buffer, step: number): Read | undefined {
  const reader = new ChunkedReader();
  let data = "";
  let end = 0;
  try {
    while (end < input.length && !reader.done) {
      const part = input.subarray(end, end + step);
      end += reader.push(part, 0, (bytes) => (data += bytes.toString("latin1")));
    }
  } catch (error) {
    hold(error instanceof Refusal, `threw ${String(error)}`);
    return undefined;
  }
  return { data, end, done: reader.done };
}

/** RFC 9112 section 7.1 for a complete body without extensions. */
function simple(text: string): Read | undefined {
  let data = "";
  let at = 0;
  for (;;) {
    const line = /^([0-9A-Fa-f]+)\r\n/.exec(text.slice(at));
    if (line === null) return undefined;
    at += line[0].length;
    const size = Number.parseInt(line[1] as string, 16);
    if (size === 0) break;
    data += text.slice(at, at + size);
    at += size;
    if (text.slice(at, at + 2) !== "\r\n") return undefined;
    at += 2;
  }
  const trailer = /^(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(at));
  return trailer === null ? undefined : { data, end: at + trailer[0].length, done: true };
}

export const chunkedTarget: FuzzTarget = {
  name: "chunked",
  words: [
    "\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    ";a=b",
    "0x",
    "ffffffff",
    "00000001",
    "X-A: b\r\n",
    "\n",
    "\r",
    " ",
  ],
  run(input) {
    const whole = read(input, input.length);
    for (const step of [1, 2, 7]) {
      const cut = read(input, step);
      const same = JSON.stringify(cut) === JSON.stringify(whole);
      // A refusal may come before or after data of the same segment was handed on.
      hold(same, `cut by ${step} it is ${JSON.stringify(cut)} and not ${JSON.stringify(whole)}`);
    }
    if (whole?.done !== true) return;
    const expected = simple(input.toString("latin1"));
    hold(
      JSON.stringify(expected) === JSON.stringify(whole),
      `a simple reader makes ${JSON.stringify(expected)} of it`,
    );
  },
};

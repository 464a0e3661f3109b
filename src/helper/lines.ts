/** Lines from a stream of bytes, bounded: the other end may be hostile, broken or gone. */
import type { Readable } from "node:stream";

const newline = 0x0a;

export interface LineReader {
  /** One line without its newline. */
  readonly line: (text: string) => void;
  /** The stream is over; `why` is undefined for an orderly end between two lines. */
  readonly end: (why: string | undefined) => void;
}

/** Cuts `stream` into lines of at most `max` bytes; an overlong or unfinished line is an end with a reason, reported once. */
export function readLines(stream: Readable, max: number, reader: LineReader): void {
  let parts: Buffer[] = [];
  let held = 0;
  let over = false;

  const end = (why: string | undefined): void => {
    if (over) return;
    over = true;
    parts = [];
    reader.end(why);
  };

  stream.on("data", (chunk: Buffer) => {
    let rest = chunk;
    for (let cut = rest.indexOf(newline); cut >= 0; cut = rest.indexOf(newline)) {
      if (over) return;
      if (held + cut > max) return end("a line is too long");
      const text = Buffer.concat([...parts, rest.subarray(0, cut)]).toString("utf8");
      parts = [];
      held = 0;
      rest = rest.subarray(cut + 1);
      reader.line(text);
    }
    if (over || rest.length === 0) return;
    held += rest.length;
    if (held > max) return end("a line is too long");
    parts.push(rest);
  });
  stream.on("end", () => end(held === 0 ? undefined : "the last line is cut off"));
  stream.on("error", () => end("the stream broke"));
  stream.on("close", () => end(held === 0 ? undefined : "the last line is cut off"));
}

/** Reads blobs of a stage in one go, by git cat-file(1). */
import type { Readable } from "node:stream";
import { writeTo } from "./git.ts";
import type { Stage } from "./stage.ts";

/** Sizes of objects, by id; what is not there is left out. */
export async function blobSizes(
  stage: Stage,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  if (ids.length === 0) return sizes;
  const { output } = await stage.git({
    step: "read the sizes of files",
    argv: ["cat-file", "--batch-check=%(objectname) %(objectsize)"],
    input: (stdin) => writeTo(stdin, `${ids.join("\n")}\n`),
    maxOutput: 256 * 1024 * 1024,
  });
  for (const line of output.toString("latin1").split("\n")) {
    const found = /^([0-9a-f]+) ([0-9]+)$/.exec(line);
    if (found !== null) sizes.set(found[1] ?? "", Number(found[2]));
  }
  return sizes;
}

/** Takes one blob after the other: `begin` once for each, in the order of `ids`, then its content in pieces. */
export interface BlobSink {
  begin(index: number, size: number): Promise<void> | void;
  data(piece: Buffer): Promise<void> | void;
  end(): Promise<void> | void;
}

/** Each id may stand there more than once; an object that is not there is an error. */
export async function readBlobs(
  stage: Stage,
  ids: readonly string[],
  sink: BlobSink,
): Promise<void> {
  if (ids.length === 0) return;
  await stage.git({
    step: "read the content of files",
    argv: ["cat-file", "--batch=%(objectsize)"],
    input: (stdin) => writeTo(stdin, `${ids.join("\n")}\n`),
    output: (stdout) => takeBlobs(stdout, ids.length, sink),
  });
}

/** The small ones of some blobs, whole; `max` bounds each. */
export async function smallBlobs(
  stage: Stage,
  ids: readonly string[],
  max: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const sizes = await blobSizes(stage, [...new Set(ids)]);
  const small = [...sizes].filter(([, size]) => size <= max).map(([id]) => id);
  const found = new Map<string, Buffer>();
  let current = "";
  let parts: Buffer[] = [];
  await readBlobs(stage, small, {
    begin(index) {
      current = small[index] ?? "";
      parts = [];
    },
    data: (piece) => void parts.push(piece),
    end: () => void found.set(current, Buffer.concat(parts)),
  });
  return found;
}

/** The answer is `size`, a line feed, so many bytes, and a line feed, for each. */
async function takeBlobs(stdout: Readable, count: number, sink: BlobSink): Promise<void> {
  let index = 0;
  let head = "";
  let left = -1;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left < 0) {
        const end = rest.indexOf(0x0a);
        head += rest.toString("latin1", 0, end < 0 ? rest.length : end);
        if (end < 0) break;
        rest = rest.subarray(end + 1);
        if (!/^[0-9]+$/.test(head))
          throw new Error(`git has no such object: ${head.slice(0, 100)}`);
        left = Number(head);
        head = "";
        await sink.begin(index, left);
      }
      const piece = rest.subarray(0, left);
      if (piece.length > 0) await sink.data(piece);
      left -= piece.length;
      rest = rest.subarray(piece.length);
      if (left > 0 || rest.length === 0) continue;
      // The line feed after the content.
      rest = rest.subarray(1);
      await sink.end();
      index += 1;
      left = -1;
    }
  }
  if (index !== count) throw new Error("git ended before its answer did");
}

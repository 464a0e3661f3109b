/**
 * The attached stream of a container, as what reads it wants it. With a terminal it is the terminal's; without one it comes in
 * pieces (Engine API, ContainerAttach, "Stream format"), each with a head of eight bytes: the stream's number in the first, its
 * length in the last four.
 */
import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";

export interface Carried {
  readonly stdout: Readable;
  /** Nothing comes here from a terminal. */
  readonly stderr: Readable;
  /** Resolves when the daemon has nothing more. */
  readonly over: Promise<void>;
  /**
   * From now on nothing waits for whoever reads: the daemon gives a container that has ended two seconds to be read, and drops the
   * rest. What it and the kernel still hold is bounded, and so is what is kept here.
   */
  hurry(): void;
}

const headSize = 8;
/** Bytes kept for a reader that does not read, while hurried. */
const maxKept = 32 * 1024 * 1024;

type Write = (output: 1 | 2, data: Buffer) => void;

export function carry(stream: Readable, terminal: boolean): Carried {
  const outputs = { 1: new PassThrough(), 2: new PassThrough() } as const;
  let hurried = false;

  const held = (output: PassThrough): boolean =>
    output.writableNeedDrain && !(hurried && output.writableLength < maxKept);
  const settle = (): void => {
    if (held(outputs[1]) || held(outputs[2])) stream.pause();
    else stream.resume();
  };
  const write: Write = (output, data) => void outputs[output].write(data);
  const take = terminal ? (data: Buffer): void => write(1, data) : takeApart(write);
  stream.on("data", (chunk: Buffer) => {
    take(chunk);
    settle();
  });
  for (const one of Object.values(outputs)) one.on("drain", settle);
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      for (const one of Object.values(outputs)) if (!one.writableEnded) one.end();
      resolve();
    };
    for (const event of ["end", "error", "close"]) stream.on(event, end);
  });
  return {
    over,
    stdout: outputs[1],
    stderr: outputs[2],
    hurry() {
      hurried = true;
      settle();
    },
  };
}

/** A piece of any other stream is dropped. */
function takeApart(write: Write): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let left = 0;
  let output: 1 | 2 | undefined;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (left > 0) {
        const data = chunk.subarray(at, at + left);
        at += data.length;
        left -= data.length;
        if (output !== undefined) write(output, data);
        continue;
      }
      const part = chunk.subarray(at, at + headSize - head.length);
      head = Buffer.concat([head, part]);
      at += part.length;
      if (head.length < headSize) return;
      left = head.readUInt32BE(4);
      output = head[0] === 1 || head[0] === 2 ? head[0] : undefined;
      head = Buffer.alloc(0);
    }
  };
}

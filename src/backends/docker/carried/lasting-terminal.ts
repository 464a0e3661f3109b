/**
 * A terminal of a container elsewhere, over connections that may be cut. After a cut the daemon tells what it wrote down first (Engine
 * API, ContainerAttach, `logs`), of which what was read before is passed over, and then what comes.
 *
 * What can be lost: of the output of a cut, what was no whole line yet, up to 16 KiB, which the daemon had not written down; and what
 * was typed and on its way when the connection broke. The program is told to draw anew: what stands on the screen is right again.
 */
import { PassThrough, Writable } from "node:stream";
import type { Duplex, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two tries to be connected again. */
const pace = 300;
/** Bytes kept for a reader that does not read, while hurried. */
const maxKept = 32 * 1024 * 1024;

export interface LastingOptions {
  /** The first connection, made before the container ran: nothing was written before it. */
  readonly first: Duplex;
  /** A new one, which begins with everything that was written down. */
  readonly again: () => Promise<Duplex>;
  /** The same of a container that has ended, which nobody can attach to. */
  readonly rest: () => Promise<Readable>;
  /** Settles when the container has ended. */
  readonly ended: Promise<unknown>;
  /** A new connection is there: whoever draws shall draw anew. */
  readonly redraw: () => void;
}

export interface LastingTerminal {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves when nothing more comes. */
  readonly over: Promise<void>;
  hurry(): void;
  close(): void;
}

export function lastingTerminal(options: LastingOptions): LastingTerminal {
  const { again, rest, ended, redraw } = options;
  const output = new PassThrough();
  let stream: Duplex | undefined = options.first;
  let waiting: (() => void) | undefined;
  let closed = false;
  let gone = false;
  let hurried = false;
  let count = 0;
  const stop = (): void => void (gone = true);
  ended.then(stop, stop);

  const held = (): boolean =>
    output.writableNeedDrain && !(hurried && output.writableLength < maxKept);

  /** Hands on what comes after the first `skip` bytes; resolves when the connection is over. */
  const pump = (from: Readable, skip: number): Promise<void> =>
    new Promise((resolve) => {
      let left = skip;
      const settle = (): void => void (held() ? from.pause() : from.resume());
      const done = (): void => {
        output.off("drain", settle);
        resolve();
      };
      from.on("data", (chunk: Buffer) => {
        const part = chunk.subarray(Math.min(left, chunk.length));
        left -= chunk.length - part.length;
        count += part.length;
        if (part.length > 0) output.write(part);
        settle();
      });
      output.on("drain", settle);
      for (const event of ["end", "error", "close"]) from.once(event, done);
    });

  const reconnect = async (): Promise<Duplex | undefined> => {
    while (!closed && !gone) {
      try {
        return await again();
      } catch {
        await Promise.race([sleep(pace, undefined, { ref: false }), ended.catch(() => undefined)]);
      }
    }
    return undefined;
  };

  const carry = async (): Promise<void> => {
    let cut = false;
    for (let now: Duplex | undefined = options.first; now !== undefined; now = await reconnect()) {
      stream = now;
      waiting?.();
      if (cut) redraw();
      await pump(now, cut ? count : 0);
      stream = undefined;
      now.destroy();
      // An end that the container made is one that the daemon tells of at once.
      await Promise.race([sleep(pace, undefined, { ref: false }), ended.catch(() => undefined)]);
      if (gone && !cut && now.readableEnded) break;
      cut = true;
    }
    // What was written last may have come to nobody.
    if (cut && !closed) {
      const left = await rest().catch(() => undefined);
      if (left !== undefined) await pump(left, count);
    }
    output.end();
  };
  const over = carry();
  over.catch(() => output.end());

  const input = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const give = (): void => {
        waiting = undefined;
        if (closed || gone) return done();
        if (stream === undefined || stream.destroyed) waiting = give;
        // One that breaks meanwhile takes with it what was on its way.
        else stream.write(chunk, () => done());
      };
      give();
    },
  });
  input.on("error", () => undefined);
  void ended.finally(() => waiting?.()).catch(() => undefined);

  return {
    input,
    output,
    over,
    hurry() {
      hurried = true;
      output.emit("drain");
    },
    close() {
      closed = true;
      stream?.destroy();
      waiting?.();
    },
  };
}

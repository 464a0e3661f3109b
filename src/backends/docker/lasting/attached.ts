/** A container's attached stream that is attached again after a cut: all of a terminal, or what goes into standard input. */
import { PassThrough, Writable } from "node:stream";
import type { Duplex } from "node:stream";
import { carry } from "../engine/demux.ts";
import type { Carried } from "../engine/demux.ts";
import { isStatus } from "../engine/failure.ts";
import type { Engine } from "../engine/engine.ts";
import { stillRuns, untilReached } from "./again.ts";

export interface AttachedOptions {
  readonly engine: Engine;
  readonly container: string;
  /** With a terminal what it writes is read here, too. */
  readonly terminal: boolean;
  /** Makes the stream. */
  readonly attach: () => Promise<Duplex>;
  /** What was written while the way was cut is not in the new stream: whoever draws must draw anew. */
  readonly redraw: () => Promise<void>;
  readonly stop: AbortSignal;
}

export interface Attached {
  readonly input: Writable;
  readonly carried: Carried;
}

/** `first`: attached before the start, so that nothing is missed. */
export function keepAttached(first: Duplex, options: AttachedOptions): Attached {
  const { engine, container, terminal, stop } = options;
  const out = new PassThrough();
  const err = new PassThrough();
  let now: Duplex | undefined = first;
  let ended = false;
  let hurried = false;
  let current: Carried | undefined;
  let wake: () => void = () => undefined;
  let next = new Promise<void>((resolve) => (wake = resolve));

  const use = (stream: Duplex): Promise<void> => {
    stream.on("error", () => undefined);
    const carried = carry(stream, terminal);
    current = carried;
    if (hurried) carried.hurry();
    carried.stdout.pipe(out, { end: false });
    carried.stderr.resume();
    return carried.over;
  };

  const live = async (): Promise<void> => {
    let stream = first;
    for (;;) {
      await use(stream);
      now = undefined;
      next = new Promise<void>((resolve) => (wake = resolve));
      stream.destroy();
      if (stop.aborted || !(await stillRuns(engine, container, stop))) return;
      const again = await untilReached(options.attach, stop);
      if (again === undefined) return;
      stream = again;
      now = again;
      if (ended) again.end();
      wake();
      await options.redraw().catch(() => undefined);
    }
  };

  const over = live()
    .catch((error: unknown) => {
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
    })
    .catch(() => undefined)
    .then(() => {
      now = undefined;
      wake();
      out.end();
      err.end();
    });
  stop.addEventListener("abort", () => {
    now?.destroy();
    wake();
  });

  const input = new Writable({
    write(data: Buffer, _encoding, done) {
      const send = (): void => {
        if (now === undefined) void (stop.aborted || out.writableEnded ? done() : next.then(send));
        else if (now.write(data)) done();
        else {
          const stream = now;
          const go = (): void => {
            stream.off("drain", go).off("close", go);
            done();
          };
          stream.on("drain", go).on("close", go);
        }
      };
      send();
    },
    final(done) {
      ended = true;
      now?.end();
      done();
    },
  });
  input.on("error", () => undefined);
  return {
    input,
    carried: {
      over,
      stdout: out,
      stderr: err,
      hurry() {
        hurried = true;
        current?.hurry();
      },
    },
  };
}

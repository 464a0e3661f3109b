/** What comes out of a terminal's master, in order and without loss, also when its other end closes while nobody reads. */
import type { ReadStream } from "node:tty";

export interface Outlet {
  onData(listener: (data: Buffer) => void): void;
  pause(): void;
  resume(): void;
  readonly closed: Promise<void>;
}

/** The end of a terminal is the error EIO, and it throws away what a paused stream still holds: so the holding is done here. */
export function createOutlet(master: ReadStream): Outlet {
  const waiting: Buffer[] = [];
  let listener: ((data: Buffer) => void) | undefined;
  let paused = false;
  let ended = false;
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));

  function drain(): void {
    while (!paused && listener !== undefined) {
      const data = waiting.shift();
      if (data === undefined) break;
      listener(data);
    }
    if (ended && waiting.length === 0) close();
    else if (!ended && waiting.length === 0) master.resume();
  }

  function takeRest(): void {
    for (;;) {
      const rest: unknown = master.read();
      if (!Buffer.isBuffer(rest)) return;
      waiting.push(rest);
    }
  }

  master.on("data", (data: Buffer) => {
    waiting.push(data);
    drain();
    if (waiting.length > 0) master.pause();
  });
  master.on("error", takeRest);
  master.once("close", () => {
    takeRest();
    ended = true;
    drain();
  });

  return {
    onData(given) {
      listener = given;
      drain();
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      drain();
    },
    closed,
  };
}

/** What comes out of a terminal's master, in order and without loss, also when its other end closes while nobody reads. */
import type { ReadStream } from "node:tty";

export interface Outlet {
  onData(listener: (data: Buffer) => void): void;
  pause(): void;
  resume(): void;
  /** Gives up what nobody has taken. */
  discard(): void;
  readonly closed: Promise<void>;
}

/**
 * A terminal ends with the error EIO, and a flowing stream throws away what it still holds after an error. So the stream never
 * flows: it is read by hand, and what it does not get rid of it holds, which is what holds the bottle back.
 */
export function createOutlet(master: ReadStream): Outlet {
  let listener: ((data: Buffer) => void) | undefined;
  let paused = false;
  let ended = false;
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));

  function pull(): void {
    while (!paused && listener !== undefined) {
      const data: unknown = master.read();
      if (!Buffer.isBuffer(data)) break;
      listener(data);
    }
    if (ended && master.readableLength === 0) close();
  }

  master.on("readable", pull);
  // EIO, which is the end; whatever else it is, nothing more will come.
  master.on("error", () => undefined);
  master.once("close", () => {
    ended = true;
    pull();
  });

  return {
    onData(given) {
      listener = given;
      pull();
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      pull();
    },
    discard() {
      listener = (): undefined => undefined;
      paused = false;
      pull();
    },
    closed,
  };
}

/** An Engine that nobody waits for any longer than whoever wants the bottle: a daemon that hangs keeps no launch that was given up. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engine.ts";
import { EngineFailure } from "./failure.ts";

/** Milliseconds: a launch that goes well is through by then, and ends as any other bottle. */
const grace = 3_000;

export interface GivenUp {
  /** What is asked of it, and what is under way, fails soon after the end was asked for. */
  readonly engine: Engine;
  /** The same for anything else that waits for the daemon. */
  readonly wait: <T>(work: Promise<T>) => Promise<T>;
}

/** `end` resolves when nobody wants the bottle any more; undefined where that is never said. */
export function untilEnd(engine: Engine, end: Promise<unknown> | undefined): GivenUp {
  if (end === undefined) return { engine, wait: (work) => work };
  const over = end.then(async (): Promise<never> => {
    await sleep(grace, undefined, { ref: false });
    throw new EngineFailure(0, "the Docker daemon did not answer until the end was asked for");
  });
  over.catch(() => undefined);
  const wait = <T>(work: Promise<T>): Promise<T> => Promise.race([work, over]);
  const asked: Engine = {
    socket: engine.socket,
    version: () => wait(engine.version()),
    daemon: () => wait(engine.daemon()),
    call: (method, path, call) => wait(engine.call(method, path, call)),
    stream: (method, path, call) => wait(engine.stream(method, path, call)),
    hijack: (path) => wait(engine.hijack(path)),
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  };
  return { engine: asked, wait };
}

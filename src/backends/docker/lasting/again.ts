/** Asks a daemon elsewhere until it is reached: the connection is healed by whoever has it, and the bottle goes on meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure, isStatus } from "../engine/failure.ts";

/** Milliseconds between two tries, at first and in the end. */
const firstPause = 100;
const maxPause = 2_000;

/** Undefined once `stop` says that nobody waits any more; what the daemon itself refuses is thrown. */
export async function untilReached<T>(
  work: () => Promise<T>,
  stop: AbortSignal,
): Promise<T | undefined> {
  for (let pause = firstPause; !stop.aborted; pause = Math.min(maxPause, pause * 2)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.status !== 0) throw error;
    }
    await sleep(pause, undefined, { signal: stop, ref: false }).catch(() => undefined);
  }
  return undefined;
}

/** False for a container that has ended or is gone, and when nobody waits any more. */
export async function stillRuns(
  engine: Engine,
  container: string,
  stop: AbortSignal,
): Promise<boolean> {
  const ask = (): Promise<unknown> => engine.call("GET", `/containers/${container}/json`);
  try {
    const found = (await untilReached(ask, stop)) as
      | { readonly State?: { readonly Running?: boolean } }
      | undefined;
    return found?.State?.Running === true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

/** How a container of a daemon elsewhere ends: told by the daemon alone, asked again after a connection that was cut. */
import { setTimeout as sleep } from "node:timers/promises";
import { waitForEnd } from "../end.ts";
import type { Ending } from "../end.ts";
import type { Engine } from "../engine/engine.ts";
import { isStatus } from "../engine/failure.ts";

/** Milliseconds between two tries to reach the daemon again. */
const pace = 500;

/**
 * `first`: asked before the start. Resolves with the exit code, or with null where nobody can tell: the container was removed while
 * the connection was cut, or nobody was reached for `ttl` milliseconds, after which the bottle ends by itself.
 */
export async function endElsewhere(
  engine: Engine,
  container: string,
  first: Promise<number | null>,
  ttl: number,
): Promise<number | null> {
  let ended = first;
  for (;;) {
    const code = await ended;
    if (code !== null) return code;
    await sleep(pace, undefined, { ref: false });
    const again = await askAgain(engine, container, ttl);
    if (again === undefined) return null;
    ({ ended } = again);
  }
}

/** Undefined if it is gone, or the time is over. */
async function askAgain(
  engine: Engine,
  container: string,
  ttl: number,
): Promise<{ readonly ended: Ending } | undefined> {
  for (
    const begun = Date.now();
    Date.now() - begun < ttl;
    await sleep(pace, undefined, { ref: false })
  ) {
    try {
      return await waitForEnd(engine, container, "not-running");
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
    }
  }
  return undefined;
}

/** How a container ends: told by the daemon, or, where that died first, seen from the process itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../host/process.ts";
import type { Process } from "../../host/process.ts";
import type { Engine } from "./engine/engine.ts";

/** Milliseconds between two looks at a process whose daemon is gone. */
const pace = 100;

/** Milliseconds for a daemon to tell of an end that is seen; one that hangs never does. */
const silence = 5_000;

/** Asked before the start, so that no end is too early; resolves with the exit code when the container is removed, or null if nobody can tell. */
export async function waitForEnd(
  engine: Engine,
  container: string,
  condition: "removed" | "next-exit" | "not-running" = "removed",
): Promise<{ readonly ended: Ending }> {
  const answer = await engine.stream("POST", `/containers/${container}/wait`, {
    query: { condition },
  });
  // Unlike a call it has no bound but the bottle's life.
  const ended = readAll(answer as AsyncIterable<Buffer>).then(
    (text): number | null => {
      try {
        const { StatusCode } = JSON.parse(text) as { readonly StatusCode?: unknown };
        return typeof StatusCode === "number" ? StatusCode : null;
      } catch {
        return null;
      }
    },
    () => null,
  );
  return { ended };
}

export type Ending = Promise<number | null>;

/** Resolves when `first`, and with it its process-id namespace, is gone as well: the daemon may have died, and the bottle not. */
export async function processEnd(ended: Ending, first: Process): Promise<number | null> {
  const code = await ended;
  while (isAlive(first)) await sleep(pace);
  return code;
}

/** For a process that was killed: resolves when it is gone and the daemon has had its time to say so. */
export async function silentEnd(first: Process): Promise<null> {
  while (isAlive(first)) await sleep(pace);
  await sleep(silence, undefined, { ref: false });
  return null;
}

async function readAll(parts: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const part of parts) if (text.length < 65_536) text += part.toString("utf8");
  return text;
}

/** Ends a bottle, whatever state its supervisor is in. */
import { setTimeout as sleep } from "node:timers/promises";
import { readProcess } from "../host/process.ts";
import { BottleError } from "../errors/error.ts";
import { askStop } from "../lifecycle/visit.ts";
import { findBottle } from "./bottles.ts";
import type { BottleInfo } from "./bottles.ts";
import { lives } from "./living.ts";
import { controlSocket } from "./paths.ts";
import type { Host } from "./paths.ts";

/** Milliseconds: TERM, KILL, the record's last words, and a loaded machine. */
const patience = 15_000;

/** Resolves when it is over; a supervisor that does not answer is killed, and its bottle dies with it. False: it did not run. */
export async function stopBottle(host: Host, id: string): Promise<boolean> {
  const found = await findBottle(host, id);
  if (!lives(found)) return false;
  // One that was suspended gets to close its record.
  if (found.pid !== null && readProcess(found.pid)?.suspended === true)
    signalSupervisor(found, "SIGCONT");
  const answered = await askStop(controlSocket(host, id), patience);
  // Its socket may have been removed: it is asked by a signal then, and killed if that is not heard either.
  for (const signal of answered ? [undefined] : (["SIGTERM", "SIGKILL"] as const)) {
    if (signal !== undefined) signalSupervisor(found, signal);
    for (let waited = 0; waited < patience; waited += 50) {
      if (!(await stillLives(host, id))) return true;
      await sleep(50);
    }
  }
  throw new BottleError({
    code: "E_BOTTLE_STUCK",
    what: `The bottle ${id} does not end.`,
    why: `Its supervisor is process ${found.pid ?? "?"}.`,
    next: "Run `bottle cleanup` once that process is gone.",
  });
}

/** A prepared bottle that nobody claimed leaves no record behind. */
async function stillLives(host: Host, id: string): Promise<boolean> {
  try {
    return lives(await findBottle(host, id));
  } catch (error) {
    if (error instanceof BottleError && error.code === "E_RECORD_MISSING") return false;
    throw error;
  }
}

/** Only a process that is ours by the record's word: `findBottle` compared its start with the recorded one. */
function signalSupervisor({ pid }: BottleInfo, signal: NodeJS.Signals): void {
  if (pid === null || readProcess(pid) === undefined) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in between.
  }
}

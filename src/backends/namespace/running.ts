/** A bottle that runs: its processes, its end, and what is undone afterwards. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningBottle } from "../../lifecycle/backend.ts";
import type { BottleGroups } from "./groups/group.ts";
import type { Process } from "../../host/process.ts";
import { readTree } from "../processes.ts";
import { isAlive } from "../../host/process.ts";

export type BottleExit = Awaited<RunningBottle["exited"]>;

/** Milliseconds that the kernel may take to clear a killed process namespace; only then is it worth an error. */
const clearing = 10_000;
const moment = 200;

/** Resolves with the outermost process's end once the whole bottle is gone and its groups are removed. */
export async function bottleEnd(
  child: ChildProcess,
  known: () => readonly Process[],
  groups: BottleGroups,
): Promise<BottleExit> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const end: BottleExit = { code: child.exitCode, signal: child.signalCode };
  // The first process inside dies with its parent, and the kernel ends all others with it, a moment later. Whoever is
  // there after that moment (a test's broken boundary) is ended by name.
  for (let waited = 0; known().some(isAlive) && waited < clearing; waited += 1) {
    if (waited === moment)
      for (const left of known()) if (isAlive(left)) signal(left.pid, "SIGKILL");
    await sleep(1);
  }
  // What cannot be removed now is found and removed by `sweep`.
  await groups.remove().catch(() => undefined);
  return end;
}

export function runningBottle(parts: {
  readonly id: string;
  readonly limited: Promise<void>;
  readonly child: ChildProcess;
  readonly pid: number;
  readonly control: Duplex;
  readonly groups: BottleGroups;
  readonly exited: Promise<BottleExit>;
  readonly helper: Process | undefined;
  readonly lost: RunningBottle["lost"];
}): RunningBottle {
  const { id, limited, child, pid, control, groups, exited, helper } = parts;
  const { stdin, stdout, stderr } = child;

  const stop = async (graceMs: number): Promise<void> => {
    const gone = exited.then(() => true);
    // The helper passes TERM on to the agent and leaves after it.
    if (graceMs > 0 && helper !== undefined && isAlive(helper)) {
      signal(helper.pid, "SIGTERM");
      const cancel = new AbortController();
      const patience = sleep(graceMs, false, { signal: cancel.signal }).catch(() => false);
      await Promise.race([gone, patience]);
      cancel.abort();
    }
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
    control.destroy();
  };

  return {
    id,
    limited,
    pid,
    control,
    stdio:
      stdin === null || stdout === null || stderr === null ? undefined : { stdin, stdout, stderr },
    exited,
    lost: parts.lost,
    processes: () => {
      const pids = new Set([...readTree(pid).map((found) => found.pid), ...groups.processes()]);
      return Promise.resolve([...pids]);
    },
    stop,
    [Symbol.asyncDispose]: () => stop(0),
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in between.
  }
}

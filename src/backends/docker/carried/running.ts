/** A bottle that runs on another machine: whatever is done to it and known of it goes through the Engine alone. */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { BottleTerminal, LaunchSpec, RunningBottle } from "../../../lifecycle/backend.ts";
import type { Engine } from "../engine/engine.ts";
import { isStatus } from "../engine/failure.ts";
import { readInfo } from "../info.ts";
import type { BottleVolumes } from "./bottle-volumes.ts";
import type { LastingTerminal } from "./lasting-terminal.ts";

/** Milliseconds that the daemon may take to hand over what a bottle wrote last, and to undo what is left. */
const lastBytes = 10_000;
const lastUndo = 20_000;
/** Milliseconds between two tries to tell the daemon something. */
const pace = 300;
/** Characters of what the Engine tells that are searched. */
const maxTold = 1024 * 1024;

export interface ElsewhereParts {
  readonly spec: LaunchSpec;
  readonly engine: Engine;
  readonly container: string;
  readonly control: Duplex;
  readonly terminal: LastingTerminal | undefined;
  readonly resize: BottleTerminal["resize"];
  readonly volumes: BottleVolumes;
  readonly ended: Promise<number | null>;
  readonly undo: () => Promise<void>;
}

export function runningElsewhere(parts: ElsewhereParts): RunningBottle {
  const { spec, engine, container, control, terminal, volumes, resize } = parts;
  let paused = false;

  let over = false;
  /** One that is gone, or has ended, is as good; a connection that was cut is waited for as long as the bottle lives. */
  const order = async (path: string): Promise<void> => {
    for (; !over; await sleep(pace, undefined, { ref: false })) {
      try {
        await engine.call("POST", `/containers/${container}/${path}`);
        return;
      } catch (error) {
        if (isStatus(error, 404) || isStatus(error, 409) || isStatus(error, 304)) return;
        if (!isStatus(error, 0)) throw error;
      }
    }
  };
  const exited = parts.ended.then(async (code) => {
    over = true;
    terminal?.hurry();
    await Promise.race([terminal?.over, sleep(lastBytes, undefined, { ref: false })]);
    terminal?.close();
    await Promise.race([parts.undo(), sleep(lastUndo, undefined, { ref: false })]);
    control.destroy();
    return { code, signal: null };
  });
  exited.catch(() => undefined);

  const freeze = async (what: "pause" | "unpause"): Promise<void> => {
    await engine.call("POST", `/containers/${container}/${what}`);
    paused = what === "pause";
  };
  const stop = async (graceMs: number): Promise<void> => {
    terminal?.hurry();
    if (paused) await freeze("unpause").catch(() => undefined);
    // The first process passes TERM on to the helper, which passes it on to the agent and leaves after it.
    await order(graceMs > 0 ? `stop?t=${Math.ceil(graceMs / 1000)}` : "kill");
    await exited;
  };

  return {
    id: spec.id,
    limited: Promise.resolve(),
    pid: undefined,
    control,
    stdio: undefined,
    ...(terminal === undefined
      ? {}
      : { terminal: { input: terminal.input, output: terminal.output, resize } }),
    carried: {
      carryIn: () => volumes.carryIn(),
      carryOut: () => volumes.carryOut(),
      remove: () => volumes.remove(),
    },
    told: () => toldOf(engine, container),
    exited,
    lost: () => [],
    processes: () => Promise.resolve([]),
    pause: () => freeze("pause"),
    resume: () => freeze("unpause"),
    stop,
    [Symbol.asyncDispose]: () => stop(0),
  };
}

/**
 * Its configuration with every variable and argument, and its processes' arguments (Engine API, ContainerTop), which a daemon
 * without control groups cannot tell apart from others'.
 */
async function toldOf(
  engine: Engine,
  container: string,
): Promise<readonly { readonly where: string; readonly text: string }[]> {
  const [inspected, top] = await Promise.all([
    engine.call("GET", `/containers/${container}/json`),
    engine
      .call("GET", `/containers/${container}/top`, { query: { ps_args: "-eo pid,args" } })
      .catch(async (error: unknown) => {
        if ((await readInfo(engine)).cgroupDriver !== "none") throw error;
        return null;
      }),
  ]);
  return [
    { where: "what the daemon knows of the bottle", text: textOf(inspected) },
    { where: "the arguments of the bottle's processes", text: textOf(top) },
  ];
}

function textOf(value: unknown): string {
  return JSON.stringify(value ?? "").slice(0, maxTold);
}

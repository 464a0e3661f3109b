/** A bottle that runs: its streams, its processes, its end, and what is undone afterwards. */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../host/process.ts";
import type { Process } from "../../host/process.ts";
import type { NetworkTarget } from "../../helper/protocol.ts";
import type { LaunchSpec, RunningBottle } from "../../lifecycle/backend.ts";
import { lostMounts, replacedFiles, watchHeld } from "../held.ts";
import { readTree } from "../processes.ts";
import { openBoundary } from "./breaks.ts";
import { removeContainer } from "./container-state.ts";
import { processEnd, silentEnd } from "./end.ts";
import type { Ending } from "./end.ts";
import type { Carried } from "./engine/demux.ts";
import type { Engine } from "./engine/engine.ts";
import type { ContainerRuntime } from "./runtime.ts";

/** Milliseconds that the daemon may take to hand over what a bottle wrote last. */
const lastBytes = 10_000;

/** Milliseconds for what is undone then: a daemon that hangs is left to the next sweep. */
export const lastUndo = 5_000;

export interface RunningParts {
  readonly spec: LaunchSpec;
  readonly engine: Engine;
  readonly container: string;
  /** The first process inside. */
  readonly first: Process;
  readonly control: Duplex;
  readonly stream: Duplex;
  readonly carried: Carried;
  readonly terminal: boolean;
  /** We may look into its processes on this machine. */
  readonly searchable: boolean;
  readonly kernel: ContainerRuntime["kernel"];
  readonly hostKernel: ContainerRuntime["hostKernel"];
  readonly ended: Ending;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  readonly undo: () => Promise<void>;
  readonly network: NetworkTarget | undefined;
}

export function runningBottle(parts: RunningParts): RunningBottle {
  const { spec, engine, container, first, control, stream, carried } = parts;
  let paused = false;
  const signal = (name: NodeJS.Signals): Promise<boolean> =>
    parts.kernel === "host"
      ? Promise.resolve(signalProcess(first, name))
      : engine.call("POST", `/containers/${container}/kill`, { query: { signal: name } }).then(
          () => true,
          () => false,
        );
  let lost: () => readonly string[] = () => [];

  const kill = async (): Promise<void> => {
    // A frozen process does not even die.
    if (paused)
      await engine.call("POST", `/containers/${container}/unpause`).catch(() => undefined);
    if (!(await signal("SIGKILL")) && isAlive(first)) await removeContainer(engine, container);
  };
  let untold: (code: null) => void = () => undefined;
  const unheard = new Promise<null>((resolve) => (untold = resolve));
  const end = processEnd(Promise.race([parts.ended, unheard]), first);
  const exited = end.then(async (code) => {
    // What it wrote last is still on its way, from the daemon and to whoever reads.
    carried.hurry();
    await Promise.race([carried.over, unheard, sleep(lastBytes, undefined, { ref: false })]);
    // The daemon removes it by itself; one that died meanwhile does so when it is started again.
    await Promise.race([parts.undo(), sleep(lastUndo, undefined, { ref: false })]);
    control.destroy();
    return { code, signal: null };
  });
  exited.catch(() => undefined);
  // Whoever carries the streams has died: the agent cannot be heard any more, and must not go on unheard.
  stream.on("close", () => {
    void kill().catch(() => undefined);
    void silentEnd(first).then(untold);
  });
  stream.on("error", () => undefined);

  const held = spec.points ?? [];
  if (held.length > 0 && openBoundary(spec.breakBoundary) !== "workspace") {
    const targets = held.map(({ path }) => `${spec.workspaceTarget}/${path}`);
    const watch = watchHeld(
      () => (parts.kernel === "host" ? lostMounts(first.pid, targets) : replacedFiles(spec)),
      () => void kill().catch(() => undefined),
    );
    lost = () => watch.lost();
    const unwatch = (): void => watch[Symbol.dispose]();
    void exited.then(unwatch, unwatch);
  }

  const freeze = async (what: "pause" | "unpause"): Promise<void> => {
    await engine.call("POST", `/containers/${container}/${what}`);
    paused = what === "pause";
  };

  const stop = async (graceMs: number): Promise<void> => {
    carried.hurry();
    if (paused) await freeze("unpause").catch(() => undefined);
    // The first process passes TERM on to the helper, which passes it on to the agent and leaves after it.
    if (graceMs > 0 && (await signal("SIGTERM"))) {
      const cancel = new AbortController();
      const patience = sleep(graceMs, undefined, { signal: cancel.signal }).catch(() => undefined);
      await Promise.race([exited, patience]);
      cancel.abort();
    }
    if (isAlive(first)) await kill();
    void silentEnd(first).then(untold);
    await exited;
  };

  return {
    id: spec.id,
    // The Engine sets them before the first process runs.
    limited: Promise.resolve(),
    pid: first.pid,
    control,
    ...(parts.network === undefined ? {} : { network: parts.network }),
    ...(parts.terminal
      ? {
          stdio: undefined,
          terminal: {
            input: stream,
            output: carried.stdout,
            resize: (columns, rows) => void parts.resize(columns, rows).catch(() => undefined),
          },
        }
      : { stdio: { stdin: stream, stdout: carried.stdout, stderr: carried.stderr } }),
    ...(parts.hostKernel !== undefined && { hostKernel: parts.hostKernel }),
    exited,
    lost: () => lost(),
    processes: () =>
      Promise.resolve(parts.searchable ? readTree(first.pid).map(({ pid }) => pid) : []),
    ...(parts.kernel === "own" ? { told: async () => [await toldBy(engine, container)] } : {}),
    pause: () => freeze("pause"),
    resume: () => freeze("unpause"),
    stop,
    [Symbol.asyncDispose]: () => stop(0),
  };
}

/** False where there is nobody, or nobody that we may signal. */
function signalProcess(to: Process, name: NodeJS.Signals): boolean {
  if (!isAlive(to)) return false;
  try {
    return process.kill(to.pid, name);
  } catch {
    return false;
  }
}

/** What the bottle was started with, as the daemon has it: environment and arguments are in a memory that shows only their kernel. */
async function toldBy(
  engine: Engine,
  container: string,
): Promise<{ readonly where: string; readonly text: string }> {
  const found = await engine.call("GET", `/containers/${container}/json`);
  return { where: "the daemon's configuration of the container", text: JSON.stringify(found) };
}

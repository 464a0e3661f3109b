/** Makes one bottle with a daemon that shares nothing with this machine: volumes for its folders, programs sent once, then the same. */
import type { Duplex, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../../../errors/error.ts";
import type { BottleStdio, LaunchSpec, RunningBottle } from "../../../lifecycle/backend.ts";
import type { Owner } from "../../owner.ts";
import { attach, firstSize, resize } from "../attach.ts";
import type { TerminalSize } from "../attach.ts";
import { bottleMounts, containerConfig, containerName } from "../container.ts";
import type { ContainerOptions } from "../container.ts";
import { removeOwn } from "../container-state.ts";
import { whenHeard } from "../control.ts";
import { createContainer } from "../create.ts";
import { waitForEnd } from "../end.ts";
import { carry } from "../engine/demux.ts";
import type { Engine } from "../engine/engine.ts";
import { silence } from "../silence.ts";
import { openVolumes } from "./bottle-volumes.ts";
import { endElsewhere } from "./end.ts";
import { lastingTerminal } from "./lasting-terminal.ts";
import type { LastingTerminal } from "./lasting-terminal.ts";
import { programsOf } from "./mounts.ts";
import { carryPrograms } from "./programs.ts";
import { runningElsewhere } from "./running.ts";

/** Milliseconds until the helper must have said something: it comes over a network. */
const patience = 60_000;

export interface ElsewhereHost {
  readonly engine: Engine;
  /** Who runs us. */
  readonly uid: number;
  /** To whom root gives what comes back. */
  readonly recordOwner: Owner | undefined;
  /** The folder of fresh files. */
  readonly etc: string;
  readonly image: string;
  /** Milliseconds that a bottle lives on while nobody reaches it. */
  readonly ttl: number;
}

export type Undo = (() => Promise<void> | void)[];

/** `undo`: what is taken back when the launch fails, and when the bottle has ended. */
export async function launchElsewhere(
  options: ContainerOptions,
  stdio: BottleStdio,
  host: ElsewhereHost,
  undo: Undo,
): Promise<RunningBottle> {
  const { spec } = options;
  const { engine, uid, ttl } = host;
  const control = needControl(spec);
  await sameProcessor(engine);
  const volumes = await openVolumes(engine, { ...host, ...options });
  // Once it runs what is in them may be work, and whoever has the bottle says when it goes.
  let runs = false;
  undo.push(() => (runs ? undefined : volumes.remove().catch(() => undefined)));
  const programs = programsOf(bottleMounts(options), spec, host.etc);
  const carried = [...volumes.mounts, ...(await carryPrograms(engine, host.image, programs))];
  const name = containerName(spec.id);
  undo.push(() => removeOwn(engine, name, options.owner).catch(() => undefined));
  const config = containerConfig({ ...options, carried });
  const container = await createContainer(engine, name, config, uid);
  const [first, asked] = await Promise.all([
    attach(engine, container),
    waitForEnd(engine, container, "next-exit"),
  ]);
  undo.push(() => void first.destroy());
  const ended = endElsewhere(engine, container, asked.ended, ttl);
  await engine.call("POST", `/containers/${container}/start`);
  const size = stdio.kind === "terminal" ? lastSize(engine, container, stdio) : undefined;
  if (stdio.kind === "terminal") await firstSize(engine, container, stdio);
  const terminal =
    size === undefined ? undefined : openTerminal(host, container, first, ended, size);
  const words = terminal === undefined ? carry(first, false).stderr : undefined;
  const heard = await Promise.race([
    whenHeard(control),
    ended.then(() => undefined),
    sleep(patience, undefined, { ref: false }),
  ]);
  if (heard === undefined) throw await silence(words ?? terminal?.output ?? first);
  runs = true;
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  return runningElsewhere({
    ...{ spec, engine, container, control, terminal, volumes, ended },
    resize: (columns, rows) => size?.tell({ columns, rows }),
    undo: undoAll,
  });
}

interface LastSize {
  tell(size: TerminalSize): void;
  /** Whoever draws is told of another size and then of the right one: it draws anew. */
  shake(): void;
}

function lastSize(engine: Engine, container: string, first: TerminalSize): LastSize {
  let last = first;
  const tell = (size: TerminalSize): Promise<void> =>
    resize(engine, container, size).catch(() => undefined);
  return {
    tell(size) {
      last = size;
      void tell(size);
    },
    shake() {
      void tell({ ...last, rows: last.rows + 1 }).then(() => tell(last));
    },
  };
}

function openTerminal(
  { engine }: ElsewhereHost,
  container: string,
  first: Duplex,
  ended: Promise<unknown>,
  size: LastSize,
): LastingTerminal {
  const query = { stdout: "1", stderr: "1" };
  return lastingTerminal({
    first,
    ended,
    again: () => attach(engine, container, true),
    rest: (): Promise<Readable> => engine.stream("GET", `/containers/${container}/logs`, { query }),
    redraw: () => size.shake(),
  });
}

/** No socket of this machine leads there, so that the helper is heard through the gateway beside it. */
function needControl({ control }: LaunchSpec): Duplex {
  if (control !== undefined) return control;
  throw new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: "Its daemon is on another machine, and the link socket leads to none.",
    next: "Use `link: network`.",
  });
}

const processors: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Helper and agent are programs of this machine. */
async function sameProcessor(engine: Engine): Promise<void> {
  const found = (await engine.call("GET", "/version")) as { readonly Arch?: unknown };
  if (found.Arch === processors[process.arch]) return;
  throw new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: `The daemon's machine has another processor (${String(found.Arch).slice(0, 20)}) than this one (${process.arch}): the agent would not run there.`,
    next: "Use a machine with the same processor.",
  });
}

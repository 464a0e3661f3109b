/** What clients ask of a supervisor: kept until the bottle runs, then served. */
import type { RunningBottle } from "../backend.ts";
import type { BottleStatus, ClientMessage, SupervisorMessage } from "../control.ts";
import { wireError } from "../wire-error.ts";
import type { Execs } from "./exec.ts";
import type { HelperChannel } from "./helper-channel.ts";
import type { AgentStreams } from "./streams.ts";

type Reply = (message: SupervisorMessage) => void;

export interface Served {
  readonly bottle: RunningBottle;
  readonly helper: HelperChannel;
  readonly streams: AgentStreams;
  readonly stop: () => Promise<void>;
  /** The record gets what is on the bottle's machine; at once where that is this one. */
  readonly sync: () => Promise<void>;
}

/** Orders that may wait for a bottle which is still being made. */
const maxWaiting = 10_000;

/** Signals a client may send to the agent. */
const signals: ReadonlySet<string> = new Set([
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGKILL",
]);

export class Inbox {
  readonly #status: () => BottleStatus;
  #served: Served | undefined;
  #waiting: ((served: Served) => void)[] = [];
  #execs: Execs | undefined;
  #waitingExecs: ((execs: Execs) => void)[] = [];
  /** A client asked for the end. */
  stopAsked: boolean = false;
  /** Resolves when one does. */
  readonly stopping: Promise<void>;
  #stop: () => void = () => undefined;

  /** `status` is asked at any time, also before there is a bottle. */
  constructor(status: () => BottleStatus) {
    this.#status = status;
    this.stopping = new Promise((resolve) => (this.#stop = resolve));
  }

  message(message: ClientMessage, reply: Reply): void {
    if (message.type === "stop") {
      this.stopAsked = true;
      this.#stop();
    }
    if (message.type === "status") reply({ type: "status", ...this.#status() });
    else if (message.type === "exec") this.#exec((execs) => execs.start(message, reply));
    else this.#do((served) => serveMessage(served, message, reply));
  }

  stdin(data: Buffer, taken: () => void): void {
    this.#do((served) => void served.streams.input(data).then(taken));
  }

  /** From now on orders are carried out; those that waited are, in their order. */
  serve(served: Served): void {
    this.#served = served;
    for (const act of this.#waiting.splice(0)) act(served);
  }

  /** Commands run from now on, and never sooner: the bottle is proven, its limits hold, its files are all there. */
  open(execs: Execs): void {
    this.#execs = execs;
    for (const act of this.#waitingExecs.splice(0)) act(execs);
  }

  #exec(act: (execs: Execs) => void): void {
    if (this.#execs !== undefined) act(this.#execs);
    else if (this.#waitingExecs.length < maxWaiting) this.#waitingExecs.push(act);
  }

  #do(act: (served: Served) => void): void {
    if (this.#served !== undefined) act(this.#served);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(act);
  }
}

function serveMessage(
  served: Served,
  message: Exclude<ClientMessage, { type: "exec" | "status" }>,
  reply: Reply,
): void {
  switch (message.type) {
    case "resize":
      served.streams.resize(message.columns, message.rows);
      break;
    case "signal":
      if (signals.has(message.signal))
        served.helper.send({ type: "signal", signal: message.signal });
      break;
    case "stdin-end":
      served.streams.inputEnd();
      break;
    case "sync":
      served.sync().then(
        () => reply({ type: "synced", error: undefined }),
        (error: unknown) => reply({ type: "synced", error: wireError(error) }),
      );
      break;
    case "stop":
      // Undone again by the life's own end; a failure shows there.
      served.stop().catch(() => undefined);
      break;
    case "launch":
    case "prepare":
    case "attach":
      // A supervisor has one bottle, and its orders (orders.ts). Whoever attaches is the clients' matter.
      break;
  }
}

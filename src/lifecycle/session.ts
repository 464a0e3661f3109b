/** A client's view of one running bottle: output, input, commands beside the agent, and how it ended. */
import type { Duplex } from "node:stream";
import type { BottleError } from "../errors/error.ts";
import type { PortSpec } from "../manifest/manifest.ts";
import type {
  AttachRequest,
  BottleStatus,
  ClientMessage,
  LaunchOrder,
  ProbeVerdict,
  SupervisorMessage,
} from "./control.ts";
import { deferred } from "./deferred.ts";
import { ExecQueue } from "./exec-queue.ts";
import type { ExecResult } from "./exec-queue.ts";
import { frameKinds, openFrames, sendMessage } from "./frames.ts";
import type { FrameChannel } from "./frames.ts";
import { InputQueue } from "./input.ts";
import { lostSupervisor, silentSupervisor, toldError } from "./loss.ts";

/** Milliseconds that a supervisor may take to say that one may attach: it shows the screen first. */
const answerTime = 5_000;

export type { ExecResult } from "./exec-queue.ts";

export interface SessionProof {
  readonly ok: boolean;
  /** Milliseconds. */
  readonly ms: number;
  readonly probes: readonly ProbeVerdict[];
}

export interface SessionEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The record's folder. */
  readonly record: string;
  /** Why the record does not say how the run ended, if it does not. */
  readonly unwritten: BottleError | undefined;
}

/** Takes a piece of the agent's output: hostile bytes. The connection waits while a returned promise is pending. */
export type OutputListener = (data: Buffer) => Promise<void> | void;

export interface SessionOutput {
  readonly stdout: OutputListener;
  readonly stderr: OutputListener;
}

export interface Session {
  readonly id: string;
  readonly proof: Promise<SessionProof>;
  readonly started: Promise<void>;
  /** The ports that lead inside, once the agent has been started. */
  readonly ports: readonly PortSpec[];
  /** For a session that claims a prepared bottle: whether it has it. False also where nobody answers. */
  readonly claimed: Promise<boolean>;
  /** For a session that joined: what it joined, and whether it types. */
  readonly attached: Promise<Attached>;
  /** Hears that another client types from now on, or this one does. */
  onTyping(listener: (typing: boolean) => void): void;
  /** Told when the connection to a bottle elsewhere is cut, and when it stands again. */
  onCut(listener: (since: number | null) => void): void;
  /** Rejects with the `BottleError` that stopped the launch. */
  readonly ended: Promise<SessionEnd>;
  /** Nothing is dropped; where a promise comes back, wait for it before bringing more. */
  input(data: Buffer): Promise<void> | undefined;
  inputEnd(): void;
  resize(columns: number, rows: number): void;
  signal(signal: NodeJS.Signals): void;
  /** Runs a command beside the agent, in its workspace and environment; output is bounded. */
  exec(argv: readonly string[], input?: string): Promise<ExecResult>;
  stop(): void;
  /** Lets go; the bottle lives on. */
  leave(): void;
}

export interface Attached {
  readonly typing: boolean;
  readonly terminal: boolean;
  readonly state: BottleStatus["state"];
}

/** Gives the order to a spawned supervisor and follows its bottle to the end. */
export function openSession(stream: Duplex, order: LaunchOrder, output: SessionOutput): Session {
  return new SupervisorSession(stream, order.plan.id, order, output);
}

/** Joins a bottle that lives, over its control socket. */
export function attachSession(
  stream: Duplex,
  id: string,
  request: Omit<AttachRequest, "type">,
  output: SessionOutput,
): Session {
  return new SupervisorSession(stream, id, { type: "attach", ...request }, output);
}

class SupervisorSession implements Session {
  readonly id: string;
  readonly #channel: FrameChannel;
  readonly #proof = deferred<SessionProof>();
  readonly #started = deferred<void>();
  readonly #ended = deferred<SessionEnd>();
  readonly #attached = deferred<Attached>();
  readonly #claimed = deferred<boolean>();
  readonly #execs = new ExecQueue((order) => void this.#channel.send(frameKinds.message, order));
  readonly #input = new InputQueue({
    data: (data) => void this.#channel.send(frameKinds.stdin, data),
    end: () => this.#send({ type: "stdin-end" }),
  });
  #typingListener: (typing: boolean) => void = () => undefined;
  #cutListener: (since: number | null) => void = () => undefined;
  /** Why this client gave up waiting. */
  #silence: BottleError | undefined;
  /** The agent had been started. */
  #ran = false;
  #ports: readonly PortSpec[] = [];
  #outcome: Extract<SupervisorMessage, { type: "exited" | "failed" }> | undefined;

  constructor(
    stream: Duplex,
    id: string,
    first: LaunchOrder | AttachRequest,
    output: SessionOutput,
  ) {
    this.id = id;
    this.#channel = openFrames(stream, {
      onFrame: (kind, payload) => {
        if (kind === frameKinds.message)
          this.#receive(JSON.parse(payload.toString("utf8")) as SupervisorMessage);
        else
          this.#hold(
            stream,
            kind === frameKinds.stderr ? output.stderr(payload) : output.stdout(payload),
          );
      },
      onEnd: () => this.#gone(),
    });
    this.#send(first);
    if (first.type === "attach") this.#expect(this.attached);
    else if (first.claim !== null) this.#expect(this.claimed);
  }

  get proof(): Promise<SessionProof> {
    return this.#proof.promise;
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get ports(): readonly PortSpec[] {
    return this.#ports;
  }

  get claimed(): Promise<boolean> {
    return this.#claimed.promise;
  }

  get attached(): Promise<Attached> {
    return this.#attached.promise;
  }

  onTyping(listener: (typing: boolean) => void): void {
    this.#typingListener = listener;
  }

  onCut(listener: (since: number | null) => void): void {
    this.#cutListener = listener;
  }

  get ended(): Promise<SessionEnd> {
    return this.#ended.promise;
  }

  input(data: Buffer): Promise<void> | undefined {
    return this.#input.push(data);
  }

  inputEnd(): void {
    this.#input.end();
  }

  resize(columns: number, rows: number): void {
    this.#send({ type: "resize", columns, rows });
  }

  signal(signal: NodeJS.Signals): void {
    this.#send({ type: "signal", signal });
  }

  exec(argv: readonly string[], input = ""): Promise<ExecResult> {
    return this.#execs.run(argv, input);
  }

  stop(): void {
    this.#send({ type: "stop" });
  }

  leave(): void {
    this.#channel.end();
  }

  /** A suspended supervisor takes a connection, and says nothing. */
  #expect(answer: Promise<unknown>): void {
    const timer = setTimeout(() => {
      this.#silence = silentSupervisor(this.id, "It may be suspended, or very busy.");
      this.#claimed.reject(this.#silence);
      this.#channel.destroy();
    }, answerTime);
    const answered = (): void => clearTimeout(timer);
    answer.then(answered, answered);
  }

  #send(message: ClientMessage): void {
    sendMessage(this.#channel, message);
  }

  #hold(stream: Duplex, taken: Promise<void> | void): void {
    if (taken === undefined) return;
    stream.pause();
    const go = (): void => void stream.resume();
    taken.then(go, go);
  }

  #receive(message: SupervisorMessage): void {
    switch (message.type) {
      case "proof":
        this.#proof.resolve({ ok: message.ok, ms: message.ms, probes: message.probes });
        break;
      case "input-taken":
        this.#input.taken(message.bytes);
        break;
      case "started":
        this.#ran = true;
        this.#ports = message.ports;
        this.#started.resolve();
        break;
      case "attached":
        this.#ran ||= message.state !== "starting";
        this.#attached.resolve(message);
        break;
      case "claimed":
        this.#claimed.resolve(message.ok);
        break;
      case "typing":
        this.#typingListener(message.typing);
        break;
      case "cut":
        this.#cutListener(message.since);
        break;
      case "status":
      case "synced":
      case "prepared":
        break; // For visitors alone (visit.ts).
      case "exec-exited":
        this.#execs.ended(message);
        break;
      case "exited":
      case "failed":
        this.#outcome = message;
        break;
      case "done":
        this.#end(message);
        break;
    }
  }

  #end({ record, unwritten }: Extract<SupervisorMessage, { type: "done" }>): void {
    const outcome = this.#outcome;
    if (outcome?.type !== "exited") return this.#fail();
    this.#ended.resolve({
      code: outcome.code,
      signal: outcome.signal,
      record,
      unwritten: unwritten === undefined ? undefined : toldError(unwritten),
    });
  }

  /** The supervisor is gone: with its last word said, or killed. */
  #gone(): void {
    this.#input.close();
    this.#fail();
    this.#execs.close();
  }

  #fail(): void {
    const outcome = this.#outcome;
    const error =
      outcome?.type === "failed"
        ? toldError(outcome.error)
        : (this.#silence ?? lostSupervisor(this.id, this.#ran));
    this.#ended.reject(error);
    this.#started.reject(error);
    this.#proof.reject(error);
    this.#attached.reject(error);
    this.#claimed.resolve(false);
  }
}

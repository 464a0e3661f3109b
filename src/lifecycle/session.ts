/** A client's view of one running bottle: output, input, commands beside the agent, and how it ended. */
import type { Duplex } from "node:stream";
import { BottleError } from "../errors/error.ts";
import type {
  AttachRequest,
  BottleStatus,
  ClientMessage,
  LaunchOrder,
  ProbeVerdict,
  SupervisorMessage,
  WireError,
} from "./control.ts";
import { deferred } from "./deferred.ts";
import { frameKinds, maxFrame, openFrames, sendMessage } from "./frames.ts";
import type { FrameChannel } from "./frames.ts";
import { InputQueue } from "./input.ts";

export interface ExecResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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
  /** For a session that claims a prepared bottle: whether it has it. False also where nobody answers. */
  readonly claimed: Promise<boolean>;
  /** For a session that joined: what it joined, and whether it types. */
  readonly attached: Promise<Attached>;
  /** Hears that another client types from now on, or this one does. */
  onTyping(listener: (typing: boolean) => void): void;
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
  readonly #execs = new Map<number, (result: ExecResult) => void>();
  readonly #input = new InputQueue({
    data: (data) => void this.#channel.send(frameKinds.stdin, data),
    end: () => this.#send({ type: "stdin-end" }),
  });
  #typingListener: (typing: boolean) => void = () => undefined;
  #lastExec = 0;
  #isGone = false;
  /** The agent had been started. */
  #ran = false;
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
  }

  get proof(): Promise<SessionProof> {
    return this.#proof.promise;
  }

  get started(): Promise<void> {
    return this.#started.promise;
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
    if (this.#isGone) return Promise.resolve(notRun(null, "the bottle is gone"));
    this.#lastExec += 1;
    const exec = this.#lastExec;
    const order = Buffer.from(JSON.stringify({ type: "exec", exec, argv, input }), "utf8");
    // The supervisor would hang up on a longer frame.
    if (order.length > maxFrame)
      return Promise.resolve(
        notRun(126, `a command and its input may have ${maxFrame} bytes together`),
      );
    return new Promise((resolve) => {
      this.#execs.set(exec, resolve);
      this.#channel.send(frameKinds.message, order);
    });
  }

  stop(): void {
    this.#send({ type: "stop" });
  }

  leave(): void {
    this.#channel.end();
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
      case "status":
      case "prepared":
        // For visitors alone (visit.ts).
        break;
      case "exec-exited":
        this.#execs.get(message.exec)?.({
          code: message.code,
          stdout: fromBase64(message.stdout),
          stderr: fromBase64(message.stderr),
        });
        this.#execs.delete(message.exec);
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
      unwritten: unwritten === undefined ? undefined : bottleError(unwritten),
    });
  }

  /** The supervisor is gone: with its last word said, or killed. */
  #gone(): void {
    this.#isGone = true;
    this.#input.close();
    this.#fail();
    for (const resolve of this.#execs.values()) resolve(notRun(null, "the bottle is gone"));
    this.#execs.clear();
  }

  #fail(): void {
    const outcome = this.#outcome;
    const error =
      outcome?.type === "failed"
        ? bottleError(outcome.error)
        : new BottleError({
            code: "E_SUPERVISOR_GONE",
            what: "The supervisor is gone, and the bottle with it.",
            why: "Its process ended without a last word, as after a kill or for want of memory.",
            next: this.#ran
              ? `The workspace is kept: see \`bottle diff ${this.id}\`, or go on with \`bottle resume ${this.id}\`.`
              : "The agent had not started. Clear away what is left with `bottle cleanup`, then start again.",
          });
    this.#ended.reject(error);
    this.#started.reject(error);
    this.#proof.reject(error);
    this.#attached.reject(error);
    this.#claimed.resolve(false);
  }
}

function bottleError(error: WireError): BottleError {
  return new BottleError(error as ConstructorParameters<typeof BottleError>[0]);
}

function notRun(code: number | null, why: string): ExecResult {
  return { code, stdout: "", stderr: why };
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

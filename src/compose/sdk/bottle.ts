/** A bottle that lives, and one that does not: what can be done with the one cannot be said to the other. */
import type { ExecResult, Session, SessionEnd, SessionProof } from "../../lifecycle/session.ts";
import type { BottleInfo } from "../bottles.ts";
import { findBottle } from "../bottles.ts";
import type { Host } from "../paths.ts";
import { prefork } from "../prefork.ts";
import { removeBottle } from "../remove.ts";
import { planResume } from "../resume.ts";
import { launchPlanned } from "../start.ts";
import { stopBottle } from "../stop.ts";
import { outputOf } from "./options.ts";
import type { RunOptions } from "./options.ts";

/** A bottle that lives. Disposing it stops it if this program started it, and lets go of it if it joined it; its work is kept. */
export interface Bottle extends AsyncDisposable {
  readonly id: string;
  /** The boundary's proof; never resolves for a bottle that was joined after it. */
  readonly proof: Promise<SessionProof>;
  readonly started: Promise<void>;
  /** Rejects with the `BottleError` that stopped the launch. */
  readonly ended: Promise<SessionEnd>;
  /** For the agent's standard input; kept until the agent reads it. */
  input(data: Buffer): void;
  inputEnd(): void;
  signal(signal: NodeJS.Signals): void;
  /** Runs a command beside the agent; output is bounded. */
  exec(argv: readonly string[], input?: string): Promise<ExecResult>;
  /** Lets go; the bottle lives on, and `attachBottle` joins it again. */
  leave(): void;
  /** Ends it; resolves when nothing of it runs and its record is closed. */
  stop(): Promise<StoppedBottle>;
}

/** A bottle that ended: its work is in its record until it is removed. */
export interface StoppedBottle {
  readonly id: string;
  /** The record's folder; the work is in `workspace` below it. */
  readonly record: string;
  readonly state: BottleInfo["state"];
  /** How the agent ended. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Goes on: same workspace, home and conversation; manifest and policy are today's. */
  resume(options?: RunOptions): Promise<Bottle>;
  /** Throws `E_BOTTLE_WORK` where it holds work that was not applied, unless that is to be discarded. */
  remove(options?: { readonly discardWork?: boolean }): Promise<void>;
}

/** `mine`: this program started it. */
export function livingBottle(host: Host, session: Session, mine: boolean): Bottle {
  const stop = async (): Promise<StoppedBottle> => {
    session.stop();
    await session.ended.catch(() => undefined);
    // Also where its supervisor does not answer any more.
    await stopBottle(host, session.id);
    return stoppedBottle(host, await findBottle(host, session.id));
  };
  return {
    id: session.id,
    proof: session.proof,
    started: session.started,
    ended: session.ended,
    input: (data) => void session.input(data),
    inputEnd: () => session.inputEnd(),
    signal: (signal) => session.signal(signal),
    exec: (argv, input) => session.exec(argv, input),
    leave: () => session.leave(),
    stop,
    [Symbol.asyncDispose]: async () => {
      if (!mine) return session.leave();
      session.stop();
      await session.ended.catch(() => undefined);
    },
  };
}

export function stoppedBottle(host: Host, info: BottleInfo): StoppedBottle {
  const { id, record, state, code, signal } = info;
  return {
    ...{ id, record, state, code, signal },
    async resume(options = {}) {
      const planned = await planResume(host, id, {
        prompt: options.prompt,
        headless: true,
        args: options.args ?? [],
        terminal: null,
      });
      const session = await launchPlanned(host, planned, () => prefork(host), {
        ask: undefined,
        progress: options.progress ?? (() => undefined),
        output: outputOf(options),
      });
      return livingBottle(host, session, true);
    },
    remove: ({ discardWork = false } = {}) => removeBottle(host, id, { discardWork, stop: false }),
  };
}

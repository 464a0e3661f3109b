/** Commands beside the agent, as a client sees them: each is answered, at the latest when the bottle is gone. */
import type { SupervisorMessage } from "./control.ts";
import { maxFrame } from "./frames.ts";

export interface ExecResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class ExecQueue {
  readonly #send: (order: Buffer) => void;
  readonly #waiting = new Map<number, (result: ExecResult) => void>();
  #last = 0;
  #closed = false;

  /** `send` takes one message's JSON. */
  constructor(send: (order: Buffer) => void) {
    this.#send = send;
  }

  run(argv: readonly string[], input: string): Promise<ExecResult> {
    if (this.#closed) return Promise.resolve(notRun(null, gone));
    this.#last += 1;
    const exec = this.#last;
    const order = Buffer.from(JSON.stringify({ type: "exec", exec, argv, input }), "utf8");
    // The supervisor would hang up on a longer frame.
    if (order.length > maxFrame)
      return Promise.resolve(
        notRun(126, `a command and its input may have ${maxFrame} bytes together`),
      );
    return new Promise((resolve) => {
      this.#waiting.set(exec, resolve);
      this.#send(order);
    });
  }

  ended(message: Extract<SupervisorMessage, { type: "exec-exited" }>): void {
    this.#waiting.get(message.exec)?.({
      code: message.code,
      stdout: fromBase64(message.stdout),
      stderr: fromBase64(message.stderr),
    });
    this.#waiting.delete(message.exec);
  }

  close(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.values()) resolve(notRun(null, gone));
    this.#waiting.clear();
  }
}

const gone = "the bottle is gone";

function notRun(code: number | null, why: string): ExecResult {
  return { code, stdout: "", stderr: why };
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

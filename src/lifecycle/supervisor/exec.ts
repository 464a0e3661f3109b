/** Commands beside the agent: collected output, bounded, one reply. */
import type { ClientMessage, SupervisorMessage } from "../control.ts";
import type { HelperChannel } from "./helper-channel.ts";

/** Bytes kept of both streams together; what comes after is dropped. In base64 they fit a frame. */
const maxOutput = 4 * 1024 * 1024;
/** Bytes of input in one message; base64 and JSON keep it below a line's limit. */
const inputPiece = 512 * 1024;

type ExecOrder = Extract<ClientMessage, { type: "exec" }>;

export interface Execs {
  start(order: ExecOrder, reply: (message: SupervisorMessage) => void): void;
}

interface Running {
  readonly order: ExecOrder;
  readonly reply: (message: SupervisorMessage) => void;
  readonly stdout: Kept;
  readonly stderr: Kept;
}

/** What was kept of one stream, in one piece of memory: a hostile helper may send it byte by byte, or nothing for ever. */
class Kept {
  #bytes: Buffer = Buffer.alloc(0);
  size: number = 0;

  add(data: Buffer, room: number): void {
    const part = data.subarray(0, room);
    const size = this.size + part.length;
    if (size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    part.copy(this.#bytes, this.size);
    this.size = size;
  }

  base64(): string {
    return this.#bytes.toString("base64", 0, this.size);
  }
}

export function openExecs(
  helper: HelperChannel,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Execs {
  let last = 0;
  const running = new Map<number, Running>();

  const finish = (exec: number, code: number | null): void => {
    const found = running.get(exec);
    if (found === undefined) return;
    running.delete(exec);
    found.reply({
      type: "exec-exited",
      exec: found.order.exec,
      code,
      stdout: found.stdout.base64(),
      stderr: found.stderr.base64(),
    });
  };

  helper.onMessage((message) => {
    if (message.type === "exec-output") {
      const found = running.get(message.exec);
      if (found === undefined) return;
      const room = maxOutput - found.stdout.size - found.stderr.size;
      found[message.stream].add(Buffer.from(message.data, "base64"), room);
    } else if (message.type === "exec-exited") finish(message.exec, message.code);
  });

  return {
    start(order, reply) {
      last += 1;
      const exec = last;
      const started = { order, reply, stdout: new Kept(), stderr: new Kept() };
      running.set(exec, started);
      try {
        helper.send({ type: "exec", exec, argv: order.argv, env, cwd });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        started.stderr.add(Buffer.from(`claude-bottle: ${why}\n`, "utf8"), maxOutput);
        // As a shell says it: found, but not to be run.
        finish(exec, 126);
        return;
      }
      const input = Buffer.from(order.input, "utf8");
      let at = 0;
      do {
        const data = input.subarray(at, at + inputPiece).toString("base64");
        at += inputPiece;
        helper.send({ type: "exec-input", exec, data, end: at >= input.length });
      } while (at < input.length);
    },
  };
}

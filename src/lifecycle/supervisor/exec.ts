/** Commands beside the agent: collected output, bounded, one reply. */
import type { ClientMessage, SupervisorMessage } from "../control.ts";
import type { HelperChannel } from "./helper-channel.ts";

/** Bytes kept of each stream; what comes after is dropped. */
const maxOutput = 4 * 1024 * 1024;

type ExecOrder = Extract<ClientMessage, { type: "exec" }>;

export interface Execs {
  start(order: ExecOrder, reply: (message: SupervisorMessage) => void): void;
}

export function openExecs(
  helper: HelperChannel,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Execs {
  let last = 0;
  const running = new Map<
    number,
    {
      readonly order: ExecOrder;
      readonly reply: (message: SupervisorMessage) => void;
      readonly out: Buffer[];
      readonly err: Buffer[];
      size: number;
    }
  >();

  helper.onMessage((message) => {
    if (message.type === "exec-output") {
      const exec = running.get(message.exec);
      if (exec === undefined) return;
      const data = Buffer.from(message.data, "base64");
      exec.size += data.length;
      if (exec.size <= maxOutput) (message.stream === "stderr" ? exec.err : exec.out).push(data);
    } else if (message.type === "exec-exited") {
      const exec = running.get(message.exec);
      if (exec === undefined) return;
      running.delete(message.exec);
      exec.reply({
        type: "exec-exited",
        exec: exec.order.exec,
        code: message.code,
        stdout: Buffer.concat(exec.out).toString("utf8"),
        stderr: Buffer.concat(exec.err).toString("utf8"),
      });
    }
  });

  return {
    start(order, reply) {
      last += 1;
      running.set(last, { order, reply, out: [], err: [], size: 0 });
      helper.send({ type: "exec", exec: last, argv: order.argv, env, cwd });
      helper.send({
        type: "exec-input",
        exec: last,
        data: Buffer.from(order.input, "utf8").toString("base64"),
        end: true,
      });
    },
  };
}

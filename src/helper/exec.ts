/** Commands beside the agent: each in a session of its own, its output streamed in bounded pieces, never faster than it is read. */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import type { Channel } from "./channel.ts";
import type { HelperRequest } from "./protocol.ts";
import { signalGroup, start } from "./start.ts";
import type { Exit } from "./start.ts";

/** Commands at once. */
const maxExecs = 64;
/** Bytes of input waiting for a command that does not read; with more it is ended. */
const maxInput = 16 * 1024 * 1024;
/** Bytes of output in one message; base64 and JSON keep it far below a line's limit. */
const piece = 128 * 1024;
/** Milliseconds without output after which a command that ended, but left a program holding its output, is reported. */
const lingerMs = 200;

type ExecRequest = Extract<HelperRequest, { type: "exec" }>;

export interface Execs {
  /** False for a number that is in use: the request is malformed. */
  start(request: ExecRequest): boolean;
  input(exec: number, data: string, end: boolean): void;
  signal(exec: number, signal: NodeJS.Signals): void;
  signalAll(signal: NodeJS.Signals): void;
  readonly running: number;
}

/** The commands of one bottle; `ended` is called whenever one is over. */
export function openExecs(channel: Channel, ended: () => void): Execs {
  const children = new Map<number, ChildProcess | undefined>();

  const finish = (exec: number, exit: Exit): void => {
    if (!children.delete(exec)) return;
    channel.send({ type: "exec-exited", exec, ...exit });
    ended();
  };

  return {
    start(request) {
      const { exec } = request;
      if (children.has(exec)) return false;
      if (children.size >= maxExecs) {
        say(channel, exec, `more than ${maxExecs} commands at once`);
        channel.send({ type: "exec-exited", exec, code: 126, signal: null });
        return true;
      }
      children.set(exec, undefined);
      const output = openOutput(exec, channel, (exit) => finish(exec, exit));
      const child = start(
        request,
        { stdio: ["pipe", "pipe", "pipe"], detached: true },
        {
          started: () => undefined,
          refused: (why) => say(channel, exec, why),
          exit: output.exit,
        },
      );
      if (child === undefined) return true;
      children.set(exec, child);
      child.stdin?.on("error", () => undefined);
      output.relay(child);
      return true;
    },
    input(exec, data, end) {
      const child = children.get(exec);
      if (child?.stdin === undefined || child.stdin === null) return;
      child.stdin.write(Buffer.from(data, "base64"));
      if (end) child.stdin.end();
      if (child.stdin.writableLength > maxInput) signalGroup(child.pid, "SIGKILL");
    },
    signal: (exec, signal) => signalGroup(children.get(exec)?.pid, signal),
    signalAll(signal) {
      for (const child of children.values()) signalGroup(child?.pid, signal);
    },
    get running() {
      return children.size;
    },
  };
}

interface Output {
  /** Streams both outputs of the command. */
  readonly relay: (child: ChildProcess) => void;
  /** How the command ended; passed on when its output is complete. */
  readonly exit: (exit: Exit) => void;
}

function openOutput(exec: number, channel: Channel, done: (exit: Exit) => void): Output {
  let exit: Exit | undefined;
  let timer: NodeJS.Timeout | undefined;
  const open = new Set<Readable>();

  const finish = (): void => {
    if (exit === undefined) return;
    clearTimeout(timer);
    for (const stream of open) stream.destroy();
    open.clear();
    done(exit);
  };
  const settle = (): void => {
    clearTimeout(timer);
    if (exit === undefined) return;
    if (open.size === 0) finish();
    else timer = setTimeout(finish, lingerMs);
  };

  const relay = (child: ChildProcess): void => {
    for (const stream of ["stdout", "stderr"] as const) {
      const source = child[stream];
      if (source === null) continue;
      open.add(source);
      source.on("data", (chunk: Buffer) => {
        clearTimeout(timer);
        let ready = true;
        for (let at = 0; at < chunk.length; at += piece) {
          const data = chunk.subarray(at, at + piece).toString("base64");
          ready = channel.send({ type: "exec-output", exec, stream, data });
        }
        if (ready) return settle();
        source.pause();
        channel.whenDrained(() => {
          source.resume();
          settle();
        });
      });
      source.on("error", () => undefined);
      source.on("close", () => {
        open.delete(source);
        settle();
      });
    }
  };
  return {
    relay,
    exit(ended) {
      exit = ended;
      settle();
    },
  };
}

function say(channel: Channel, exec: number, why: string): void {
  const data = Buffer.from(`claude-bottle: ${why}\n`, "utf8").toString("base64");
  channel.send({ type: "exec-output", exec, stream: "stderr", data });
}

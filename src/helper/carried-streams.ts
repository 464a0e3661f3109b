/**
 * The agent's standard streams as messages, where nothing else that survives a cut connection leads out of the bottle. Neither side
 * sends more than the other has room for.
 */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import type { Channel } from "./channel.ts";
import { outputRoom } from "./protocol.ts";
import type { Exit } from "./start.ts";

/** Bytes of output in one message; base64 and JSON keep it far below a line's limit. */
const piece = 128 * 1024;
/** Milliseconds without output after which an agent that ended, but left a program holding its output, is reported. */
const lingerMs = 200;

export interface CarriedStreams {
  relay(child: ChildProcess): void;
  input(data: string, end: boolean): void;
  /** The other side has handed on so many bytes of output. */
  taken(bytes: number): void;
  /** For the owner, on the agent's standard error. */
  say(why: string): void;
  /** How the agent ended; passed on when its output is complete. */
  exit(exit: Exit): void;
}

export function openCarriedStreams(channel: Channel, done: (exit: Exit) => void): CarriedStreams {
  const open = new Set<Readable>();
  let child: ChildProcess | undefined;
  let ended: Exit | undefined;
  let timer: NodeJS.Timeout | undefined;
  let underway = 0;

  const finish = (): void => {
    const exit = ended;
    if (exit === undefined) return;
    ended = undefined;
    clearTimeout(timer);
    for (const stream of open) stream.destroy();
    open.clear();
    done(exit);
  };
  /** As long as what was sent is not taken, there may be more behind it. */
  const settle = (): void => {
    clearTimeout(timer);
    for (const stream of open) {
      if (underway >= outputRoom) stream.pause();
      else stream.resume();
    }
    if (ended === undefined || underway >= outputRoom) return;
    if (open.size === 0) finish();
    else timer = setTimeout(finish, lingerMs);
  };
  const send = (stream: "stdout" | "stderr", data: Buffer): void => {
    underway += data.length;
    for (let at = 0; at < data.length; at += piece)
      channel.send({
        type: "output",
        stream,
        data: data.subarray(at, at + piece).toString("base64"),
      });
  };

  return {
    relay(started) {
      child = started;
      started.stdin?.on("error", () => undefined);
      for (const stream of ["stdout", "stderr"] as const) {
        const source = started[stream];
        if (source === null) continue;
        open.add(source);
        source.on("data", (data: Buffer) => {
          send(stream, data);
          settle();
        });
        source.on("error", () => undefined);
        source.on("close", () => {
          open.delete(source);
          settle();
        });
      }
    },
    input(data, end) {
      const bytes = Buffer.from(data, "base64");
      const taken = (): void => void channel.send({ type: "input-taken", bytes: bytes.length });
      const stdin = child?.stdin;
      // One that reads no more has it as much as it ever will.
      if (stdin === undefined || stdin === null || stdin.destroyed || stdin.writableEnded)
        return taken();
      stdin.write(bytes, taken);
      if (end) stdin.end();
    },
    taken(bytes) {
      underway = Math.max(0, underway - bytes);
      settle();
    },
    say: (why) => send("stderr", Buffer.from(`claude-bottle: ${why}\n`, "utf8")),
    exit(exit) {
      ended = exit;
      settle();
    },
  };
}

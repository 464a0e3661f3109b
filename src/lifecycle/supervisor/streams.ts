/** The agent's standard streams: from the bottle's pipes or terminal to the clients, and back. */
import type { Readable } from "node:stream";
import type { RunningBottle } from "../backend.ts";
import { frameKinds } from "../frames.ts";
import type { FrameKind } from "../frames.ts";
import type { Clients } from "./clients.ts";
import type { TerminalHandle } from "./deps.ts";

export interface AgentStreams {
  /** Bytes for the agent's standard input; resolves when it has them, or will never want them. */
  input(data: Buffer): Promise<void>;
  inputEnd(): void;
  resize(columns: number, rows: number): void;
  /** Resolves when everything the agent wrote has been handed on. */
  readonly drained: Promise<void>;
}

/** Bytes of input that may wait for the agent: all clients' windows (../input.ts). Only one that keeps to none can lose input. */
const maxPendingInput = 64 * 1024 * 1024;

export function connectTerminal(terminal: TerminalHandle, clients: Clients): AgentStreams {
  let pending = Promise.resolve();
  terminal.onData((data) => {
    terminal.pause();
    pending = clients.output(frameKinds.stdout, data).then(() => terminal.resume());
  });
  return {
    input: (data) => Promise.resolve(terminal.write(data)),
    inputEnd: () => terminal.write(Buffer.from([4])),
    resize: (columns, rows) => terminal.resize(columns, rows),
    drained: terminal.closed.then(() => pending),
  };
}

export function connectPipes(bottle: RunningBottle, clients: Clients): AgentStreams {
  const stdio = bottle.stdio;
  if (stdio === undefined) throw new TypeError("a bottle without pipes has no streams to connect");
  stdio.stdin.on("error", () => undefined);
  return {
    input: (data) =>
      stdio.stdin.writableLength < maxPendingInput
        ? new Promise((resolve) => stdio.stdin.write(data, () => resolve()))
        : Promise.resolve(),
    inputEnd: () => void stdio.stdin.end(),
    resize: () => undefined,
    drained: Promise.all([
      relay(stdio.stdout, frameKinds.stdout, clients),
      relay(stdio.stderr, frameKinds.stderr, clients),
    ]).then(() => undefined),
  };
}

async function relay(from: Readable, kind: FrameKind, clients: Clients): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) await clients.output(kind, chunk);
  } catch {
    // A broken pipe is the end of the stream; how the agent ended is told by its exit.
  }
}

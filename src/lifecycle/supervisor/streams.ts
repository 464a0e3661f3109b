/** The agent's standard streams: from the bottle's pipes or terminal to the relay, and back. */
import type { Readable } from "node:stream";
import type { RunningBottle } from "../backend.ts";
import type { TerminalHandle } from "./deps.ts";
import type { Relay } from "./relay.ts";

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

export function connectTerminal(terminal: TerminalHandle, relay: Relay): AgentStreams {
  terminal.onData((data) => {
    terminal.pause();
    void relay.push("stdout", data).then(() => terminal.resume());
  });
  return {
    input: (data) => Promise.resolve(terminal.write(data)),
    inputEnd: () => terminal.write(Buffer.from([4])),
    resize: (columns, rows) => {
      terminal.resize(columns, rows);
      relay.resize(columns, rows);
    },
    drained: terminal.closed.then(() => relay.settled()),
  };
}

export function connectPipes(bottle: RunningBottle, relay: Relay): AgentStreams {
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
      pass(stdio.stdout, "stdout", relay),
      pass(stdio.stderr, "stderr", relay),
    ]).then(() => relay.settled()),
  };
}

async function pass(from: Readable, kind: "stdout" | "stderr", relay: Relay): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) await relay.push(kind, chunk);
  } catch {
    // A broken pipe is the end of the stream; how the agent ended is told by its exit.
  }
}

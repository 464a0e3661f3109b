/** The agent's standard streams: from the bottle's pipes or terminal to the relay, and back. */
import type { Readable } from "node:stream";
import type { RunningBottle } from "../backend.ts";
import type { TerminalHandle } from "./deps.ts";
import type { HelperChannel } from "./helper-channel.ts";
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

/** Whichever way there is. */
export function connectStreams(
  {
    bottle,
    helper,
    terminal,
  }: {
    readonly bottle: RunningBottle;
    readonly helper: HelperChannel;
    readonly terminal: TerminalHandle | undefined;
  },
  relay: Relay,
): AgentStreams {
  if (terminal !== undefined) return connectTerminal(terminal, relay);
  return bottle.stdio === undefined
    ? connectHelper(helper, relay)
    : connectPipes(bottle.stdio, relay);
}

function connectTerminal(terminal: TerminalHandle, relay: Relay): AgentStreams {
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

function connectPipes(stdio: NonNullable<RunningBottle["stdio"]>, relay: Relay): AgentStreams {
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

/** Bytes of input in one message; base64 and JSON keep it below a line's limit. */
const inputPiece = 512 * 1024;
const forever = 2 ** 31 - 1;

/** The streams of an agent whose bottle has no pipe that leads here: the helper carries them. */
function connectHelper(helper: HelperChannel, relay: Relay): AgentStreams {
  let waiting: { bytes: number; readonly done: () => void }[] = [];
  let pending = 0;
  helper.onMessage((message) => {
    if (message.type === "output") {
      const data = Buffer.from(message.data, "base64");
      void relay
        .push(message.stream, data)
        .then(() => helper.send({ type: "output-taken", bytes: data.length }));
    } else if (message.type === "input-taken") {
      // Told by the bottle: more than was sent is nothing.
      let left = message.bytes;
      for (const one of waiting) {
        const part = Math.min(left, one.bytes);
        one.bytes -= part;
        left -= part;
        pending -= part;
      }
      for (const one of waiting.filter(({ bytes }) => bytes === 0)) one.done();
      waiting = waiting.filter(({ bytes }) => bytes > 0);
    }
  });
  const over = helper.next("exited", forever).then(
    () => undefined,
    () => undefined,
  );
  void over.then(() => {
    for (const one of waiting.splice(0)) one.done();
  });
  return {
    input(data) {
      if (data.length === 0 || pending >= maxPendingInput) return Promise.resolve();
      pending += data.length;
      for (let at = 0; at < data.length; at += inputPiece)
        helper.send({
          type: "input",
          data: data.subarray(at, at + inputPiece).toString("base64"),
          end: false,
        });
      return new Promise((done) => waiting.push({ bytes: data.length, done }));
    },
    inputEnd: () => helper.send({ type: "input", data: "", end: true }),
    resize: () => undefined,
    drained: over.then(() => relay.settled()),
  };
}

async function pass(from: Readable, kind: "stdout" | "stderr", relay: Relay): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) await relay.push(kind, chunk);
  } catch {
    // A broken pipe is the end of the stream; how the agent ended is told by its exit.
  }
}

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
const inputPiece = 128 * 1024;
/** Bytes of input that may be on their way: orders to the helper come after them. */
const inputRoom = 512 * 1024;
const forever = 2 ** 31 - 1;

interface Piece {
  readonly data: Buffer;
  readonly end: boolean;
  readonly done: () => void;
}

/** The streams of an agent whose bottle has no pipe that leads here: the helper carries them. */
function connectHelper(helper: HelperChannel, relay: Relay): AgentStreams {
  const waiting: Piece[] = [];
  const underway: { left: number; readonly done: () => void }[] = [];
  let pending = 0;
  let sent = 0;
  let open = false;

  const send = (): void => {
    while (open && sent < inputRoom) {
      const next = waiting.shift();
      if (next === undefined) return;
      const { data, end, done } = next;
      sent += data.length;
      if (data.length > 0) underway.push({ left: data.length, done });
      helper.send({ type: "input", data: data.toString("base64"), end });
    }
  };
  /** Told by the bottle: more than was sent is nothing. */
  const taken = (bytes: number): void => {
    for (let left = bytes; left > 0;) {
      const [first] = underway;
      if (first === undefined) break;
      const part = Math.min(left, first.left);
      first.left -= part;
      left -= part;
      sent -= part;
      pending -= part;
      if (first.left > 0) break;
      underway.shift();
      first.done();
    }
    send();
  };
  helper.onMessage((message) => {
    if (message.type === "started") {
      open = true;
      send();
    } else if (message.type === "input-taken") taken(message.bytes);
    else if (message.type === "output") {
      const data = Buffer.from(message.data, "base64");
      const bytes = data.length;
      void relay
        .push(message.stream, data)
        .then(() => helper.send({ type: "output-taken", bytes }));
    }
  });
  const end = (): void => {
    open = false;
    for (const { done } of [...underway.splice(0), ...waiting.splice(0)]) done();
  };
  const over = helper.next("exited", forever).then(end, end);
  return {
    input(data) {
      if (data.length === 0 || pending >= maxPendingInput) return Promise.resolve();
      pending += data.length;
      return new Promise((resolve) => {
        for (let at = 0; at < data.length; at += inputPiece) {
          const last = at + inputPiece >= data.length;
          const done = last ? resolve : (): void => undefined;
          waiting.push({ data: data.subarray(at, at + inputPiece), end: false, done });
        }
        send();
      });
    },
    inputEnd() {
      waiting.push({ data: Buffer.alloc(0), end: true, done: () => undefined });
      send();
    },
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

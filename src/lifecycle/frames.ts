/**
 * The frames between a client (CLI, SDK) and a supervisor, on a socket pair or the control socket.
 *
 *   ┌──────┬─────────────┬─────────┐
 *   │ kind │ length      │ payload │   kind: 1 byte, length: 4 bytes big-endian
 *   └──────┴─────────────┴─────────┘
 */
import type { Duplex } from "node:stream";

export const frameKinds = { message: 1, stdin: 2, stdout: 3, stderr: 4 } as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** Bytes; room for a launch order with a long prompt. A longer frame ends the connection. */
export const maxFrame: number = 8 * 1024 * 1024;

const headerSize = 5;

export interface FrameHandlers {
  readonly onFrame: (kind: FrameKind, payload: Buffer) => void;
  /** The peer is gone, or sent what is no frame. Called once. */
  readonly onEnd: () => void;
}

/** One framed connection. */
export interface FrameChannel {
  /** False when the peer is slow: wait for `drained` before sending more of a stream. */
  send(kind: FrameKind, payload: Buffer): boolean;
  drained(): Promise<void>;
  /** Bytes that the peer has not taken yet. */
  queued(): number;
  end(): void;
  /** Resolves when what was sent before `end` has been handed to the peer's side, or the connection is gone. */
  readonly ended: Promise<void>;
  destroy(): void;
}

/** Speaks frames on `stream`. */
export function openFrames(stream: Duplex, handlers: FrameHandlers): FrameChannel {
  const parts: Buffer[] = [];
  let size = 0;
  let ended = false;

  const finish = (): void => {
    if (ended) return;
    ended = true;
    handlers.onEnd();
  };

  stream.on("data", (chunk: Buffer) => {
    parts.push(chunk);
    size += chunk.length;
    if (size < headerSize) return;
    let buffer = parts.length === 1 ? chunk : Buffer.concat(parts, size);
    while (buffer.length >= headerSize) {
      const kind = buffer[0] as number;
      const length = buffer.readUInt32BE(1);
      if (kind < frameKinds.message || kind > frameKinds.stderr || length > maxFrame) {
        stream.destroy();
        finish();
        return;
      }
      if (buffer.length < headerSize + length) break;
      const payload = buffer.subarray(headerSize, headerSize + length);
      buffer = buffer.subarray(headerSize + length);
      handlers.onFrame(kind as FrameKind, payload);
    }
    parts.length = 0;
    size = buffer.length;
    if (size > 0) parts.push(buffer);
  });
  stream.on("end", finish);
  stream.on("error", finish);
  stream.on("close", finish);
  // It may have died before anybody listened: then no event tells.
  if (stream.destroyed || stream.readableEnded) process.nextTick(finish);

  return {
    send(kind, payload) {
      if (ended || stream.destroyed || !stream.writable) return true;
      const header = Buffer.allocUnsafe(headerSize);
      header[0] = kind;
      header.writeUInt32BE(payload.length, 1);
      stream.write(header);
      return stream.write(payload);
    },
    drained() {
      return new Promise((resolve) => {
        if (ended || stream.destroyed || !stream.writableNeedDrain) {
          resolve();
          return;
        }
        const done = (): void => {
          stream.off("drain", done);
          stream.off("close", done);
          resolve();
        };
        stream.on("drain", done);
        stream.on("close", done);
      });
    },
    queued: () => stream.writableLength,
    ended: new Promise((resolve) => {
      stream.once("finish", resolve);
      stream.once("close", resolve);
    }),
    end() {
      stream.end();
    },
    destroy() {
      stream.destroy();
    },
  };
}

/** Sends one JSON message frame. */
export function sendMessage(channel: FrameChannel, message: object): void {
  channel.send(frameKinds.message, Buffer.from(JSON.stringify(message), "utf8"));
}

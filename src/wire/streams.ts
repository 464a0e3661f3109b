/**
 * Streams of bytes as messages. Each has a window of its own: what its reader has not taken is kept by its writer, so that
 * neither a slow reader nor a flood fills this end, or holds up another stream.
 *
 *   {"type":"data","stream":3,"data":"…"}   base64            {"type":"end","stream":3}
 *   {"type":"credit","stream":3,"bytes":65536}                {"type":"break","stream":3}
 */
import { Duplex } from "node:stream";
import { isNumber } from "./end.ts";
import type { LineValue } from "./line.ts";

/** Bytes that may be on their way. */
const room = 256 * 1024;
/** Bytes of all streams that may be on their way, and what each may have beyond that: those that nobody reads fill no memory. */
const together = 8 * 1024 * 1024;
const least = 32 * 1024;
/** Bytes that were taken before the writer is told: no more than the least, or it would wait for ever. */
const told = least;
/** Bytes of one message. */
const piece = 48 * 1024;
/** Streams at once. */
const most = 1024;

export interface Streams {
  /** The stream of that number; the other end opens it as well. `halfOpen`: it lives on until both directions have ended. */
  open(stream: number, halfOpen: boolean): Duplex;
  /** The other end opened it and nobody here wants it; one that is open stays as it is. */
  refuse(stream: number): void;
  /** A message of a stream; false where it can be none. Those of streams that are over are passed over. */
  hear(message: LineValue): boolean;
  /** The other end is gone, and every stream with it. */
  close(): void;
}

/** `send`: a message to the other end. */
export function openStreams(send: (message: object) => void): Streams {
  const live = new Map<number, FarStream>();
  const shared: Shared = {
    send,
    left: together,
    freed() {
      for (const far of live.values()) far.give();
    },
  };
  return {
    open(stream, halfOpen) {
      if (live.has(stream) || live.size >= most) throw new RangeError("stream");
      const far = new FarStream(stream, halfOpen, shared);
      live.set(stream, far);
      far.once("close", () => live.delete(stream));
      return far;
    },
    refuse(stream) {
      if (!live.has(stream)) send({ type: "break", stream });
    },
    hear(message) {
      const { type, stream, data, bytes } = message;
      if (!isNumber(stream)) return false;
      const far = live.get(stream);
      switch (type) {
        case "data":
          return typeof data === "string" && far?.came(Buffer.from(data, "base64")) !== false;
        case "credit":
          if (!isNumber(bytes)) return false;
          far?.taken(bytes);
          return true;
        case "end":
          far?.push(null);
          return true;
        case "break":
          far?.broke();
          return true;
        default:
          return false;
      }
    },
    close() {
      for (const far of live.values()) far.broke();
    },
  };
}

interface Shared {
  readonly send: (message: object) => void;
  /** Bytes of all streams that may still be sent; below 0 where each has only its least. */
  left: number;
  /** There is room again that others may wait for. */
  readonly freed: () => void;
}

class FarStream extends Duplex {
  readonly #stream: number;
  readonly #shared: Shared;
  /** Bytes that may still be sent. */
  #left = room;
  #waiting: { rest: Buffer; done: () => void } | undefined;
  /** Bytes that came and that the other end has no word of. */
  #untold = 0;
  #toldOfEnd = false;

  constructor(stream: number, halfOpen: boolean, shared: Shared) {
    super({ allowHalfOpen: halfOpen });
    this.#stream = stream;
    this.#shared = shared;
    this.on("error", () => undefined);
  }

  /** False where more came than there is room for. */
  came(bytes: Buffer): boolean {
    if (this.destroyed) return true;
    this.#untold += bytes.length;
    if (this.#untold > room) return false;
    if (this.push(bytes)) this.#tell();
    return true;
  }

  taken(bytes: number): void {
    const before = this.#left;
    this.#left = Math.min(room, before + bytes);
    this.#free(this.#left - before);
  }

  /** The other end's part broke. */
  broke(): void {
    this.#toldOfEnd = true;
    this.destroy();
  }

  override _read(): void {
    this.#tell();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#waiting = { rest: chunk, done };
    this.give();
  }

  override _final(done: () => void): void {
    this.#shared.send({ type: "end", stream: this.#stream });
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const whole = this.readableEnded && this.writableFinished;
    if (!whole && !this.#toldOfEnd) this.#shared.send({ type: "break", stream: this.#stream });
    this.#waiting = undefined;
    this.#free(room - this.#left);
    this.#left = room;
    done(error);
  }

  #tell(): void {
    if (this.#untold < told) return;
    this.#shared.send({ type: "credit", stream: this.#stream, bytes: this.#untold });
    this.#untold = 0;
  }

  #free(bytes: number): void {
    this.#shared.left += bytes;
    if (bytes > 0) this.#shared.freed();
  }

  /** Bytes that may be sent now. */
  get #allowed(): number {
    if (this.#shared.left > 0) return Math.min(this.#left, this.#shared.left);
    return Math.max(0, this.#left - (room - least));
  }

  /** Sends what waits, as far as there is room. */
  give(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    for (
      let allowed = this.#allowed;
      allowed > 0 && waiting.rest.length > 0;
      allowed = this.#allowed
    ) {
      const part = waiting.rest.subarray(0, Math.min(allowed, piece));
      waiting.rest = waiting.rest.subarray(part.length);
      this.#left -= part.length;
      this.#shared.left -= part.length;
      this.#shared.send({ type: "data", stream: this.#stream, data: part.toString("base64") });
    }
    if (waiting.rest.length > 0) return;
    this.#waiting = undefined;
    waiting.done();
  }
}

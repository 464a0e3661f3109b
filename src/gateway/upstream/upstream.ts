/** One connection to an upstream: sends one request at a time and reads its answer, strictly and bounded. */
import type { Socket } from "node:net";
import { createBodyReader } from "../http/body-reader.ts";
import type { BodyReader } from "../http/body-reader.ts";
import { lastChunk } from "../http/chunked.ts";
import { chunked, untilClose } from "../http/framing.ts";
import type { Fields } from "../http/fields.ts";
import { gather } from "../http/gather.ts";
import { findHeadEnd } from "../http/head-end.ts";
import { parseResponseHead } from "../http/response-head.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { upstreamHead } from "../inject.ts";
import type { Limits } from "../limits.ts";
import { Outlet } from "../outlet.ts";
import { malformed } from "../refusal.ts";
import type { AnswerListener, OutgoingRequest, UpstreamSide } from "./upstream-side.ts";

const nothing: Buffer = Buffer.alloc(0);

export interface UpstreamOptions {
  readonly key: string;
  /** The checked address it was dialled to; undefined through a proxy. */
  readonly address: string | undefined;
  /** Connected, and its certificate checked. */
  readonly socket: Socket;
  readonly limits: Limits;
  /** Takes it while it waits for its next request. */
  readonly keep: (upstream: Upstream) => void;
  /** Milliseconds since the epoch: after this it waits for no other. */
  readonly endsAt: number;
}

export class Upstream implements UpstreamSide {
  readonly key: string;
  readonly address: string | undefined;
  readonly endsAt: number;
  readonly #socket: Socket;
  readonly #outlet: Outlet;
  readonly #limits: Limits;
  readonly #keep: (upstream: Upstream) => void;
  #listener: AnswerListener | undefined;
  #method = "";
  #upgrade = false;
  #inChunks = false;
  #input: Buffer = nothing;
  /** Bytes of the input in which no head ends. */
  #looked = 0;
  #reader: BodyReader | undefined;
  #untilClose = false;
  #keepAlive = false;
  /** The head with which it left HTTP. */
  #switched: ResponseHead | undefined;
  #interim = 0;
  #requests = 0;
  #patienceMs: number = Number.POSITIVE_INFINITY;
  #onIdleEnd: ((upstream: Upstream) => void) | undefined;

  constructor(options: UpstreamOptions) {
    const { socket, limits } = options;
    this.key = options.key;
    this.address = options.address;
    this.endsAt = options.endsAt;
    this.#keep = options.keep;
    this.#socket = socket;
    this.#outlet = new Outlet(socket);
    this.#limits = limits;
    socket.on("data", this.#onData);
    socket.on("drain", () => this.#listener?.onDrain());
    socket.on("end", () => this.#ended());
    socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#fail(error.code ?? "connection error"),
    );
    socket.on("close", () => this.#fail("it closed the connection"));
    // One that came through a proxy is paused.
    socket.resume();
  }

  get reused(): boolean {
    return this.#requests > 1;
  }

  /** How long it said to wait for the next request, less a second for the way there. */
  get patienceMs(): number {
    return this.#patienceMs;
  }

  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#socket.readable;
  }

  get taken(): boolean {
    return !this.#socket.writableNeedDrain;
  }

  begin(request: OutgoingRequest, listener: AnswerListener): void {
    this.#onIdleEnd = undefined;
    this.#listener = listener;
    this.#method = request.head.method;
    this.#upgrade = request.upgrade;
    this.#inChunks = request.framing === chunked;
    this.#interim = 0;
    this.#requests += 1;
    this.#outlet.write(upstreamHead(request));
  }

  data(part: Buffer): boolean {
    return this.#inChunks ? this.#outlet.chunk(part) : this.#outlet.write(part);
  }

  end(trailers: Fields | undefined): void {
    if (this.#inChunks) this.#outlet.write(lastChunk(trailers));
  }

  cork(): void {
    this.#outlet.hold();
  }

  uncork(): void {
    this.#outlet.release();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  rest(): void {
    this.#keep(this);
  }

  /** Waits for its next request; `ended` hears if it cannot take one any more. */
  wait(ended: (upstream: Upstream) => void): void {
    this.#onIdleEnd = ended;
    this.#socket.resume();
  }

  destroy(): void {
    this.#listener = undefined;
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#take(chunk);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : "its answer cannot be read");
    }
  };

  #take(chunk: Buffer): void {
    // Nobody asked: what follows could be taken for the answer to the next request.
    if (this.#listener === undefined) return this.destroyIdle();
    const input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#input = nothing;
    let at = 0;
    while (this.#listener !== undefined) {
      if (this.#reader === undefined) {
        const rest = at === 0 ? input : input.subarray(at);
        const end = findHeadEnd(rest, this.#limits.responseHead, this.#looked);
        this.#looked = end < 0 ? rest.length : 0;
        if (end < 0) {
          this.#input = rest;
          return;
        }
        at += end + 4;
        this.#head(this.#listener, rest.subarray(0, end));
        if (this.#switched !== undefined) return this.#leave(this.#switched, input.subarray(at));
        continue;
      }
      const { end, data } = gather(this.#reader, input, at);
      at = end;
      if (data.length > 0) this.#listener.onData(data);
      if (this.#reader.done) return this.#finish(at === input.length);
      if (at >= input.length) return;
    }
  }

  #head(listener: AnswerListener, bytes: Buffer): void {
    const head = parseResponseHead(listener.scrubHead(bytes), this.#method, this.#limits.fields);
    if (head.status < 200) {
      this.#interim += 1;
      if (head.status === 101 && !this.#upgrade) throw malformed("it switches protocols unasked");
      if (head.status === 101) {
        this.#switched = head;
        return;
      }
      if (this.#interim > this.#limits.interim) throw malformed("it has too many interim answers");
    } else {
      this.#keepAlive = head.keepAlive;
      this.#patienceMs = patience(head.fields.first("keep-alive"));
      this.#untilClose = head.framing === untilClose;
      this.#reader = createBodyReader(head.framing);
    }
    listener.onHead(head);
  }

  /** Nothing of this reads the connection any more. */
  #leave(head: ResponseHead, rest: Buffer): void {
    const listener = this.#listener;
    const socket = this.#socket;
    this.#listener = undefined;
    socket.off("data", this.#onData);
    socket.pause();
    listener?.onSwitch(head, socket, rest);
  }

  #finish(clean: boolean): void {
    const listener = this.#listener;
    const trailers = this.#reader?.trailers;
    this.#listener = undefined;
    this.#reader = undefined;
    listener?.onEnd(clean && this.#keepAlive && this.usable, trailers);
  }

  #ended(): void {
    if (this.#listener !== undefined && this.#reader !== undefined && this.#untilClose)
      this.#finish(false);
    else this.#fail("it ended the connection");
    this.#socket.destroy();
  }

  #fail(reason: string): void {
    const listener = this.#listener;
    this.destroyIdle();
    listener?.onFailed(reason);
  }

  /** Ends the connection, and tells who keeps it. */
  destroyIdle(): void {
    const ended = this.#onIdleEnd;
    this.#onIdleEnd = undefined;
    this.destroy();
    ended?.(this);
  }
}

/** The `timeout` parameter of a `Keep-Alive` field (RFC 2068 section 19.7.1.1), which many servers send. */
function patience(field: string | undefined): number {
  const seconds = /(?:^|[\s,])timeout=(\d{1,6})(?:$|[\s,])/i.exec(field ?? "")?.[1];
  return seconds === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, Number(seconds) * 1000 - 1000);
}

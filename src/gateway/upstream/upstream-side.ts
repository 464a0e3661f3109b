/** One request on its way to an upstream, and its answer, whatever protocol carries them. */
import type { Socket } from "node:net";
import type { Authority } from "../config.ts";
import type { Fields } from "../http/fields.ts";
import type { Framing } from "../http/framing.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { Injection } from "../inject.ts";

/** Hears the answer to one request, in this order: interim heads, the head, data, one of `onEnd` and `onFailed`. */
export interface AnswerListener {
  /** Before the head is read: takes injected secrets out of it, keeping its length. */
  scrubHead(bytes: Buffer): Buffer;
  onHead(head: ResponseHead): void;
  /** It switches protocols (101), as was asked: the connection is the listener's; `rest` came after the head. */
  onSwitch(head: ResponseHead, socket: Socket, rest: Buffer): void;
  onData(part: Buffer): void;
  /** `reusable`: the connection can take another request. */
  onEnd(reusable: boolean, trailers: Fields | undefined): void;
  /** `unprocessed`: it says that it did not look at the request (RFC 9113 section 8.7). */
  onFailed(reason: string, unprocessed?: boolean): void;
  /** Writing can go on. */
  onDrain(): void;
}

/** What goes out: the bottle's head, less what is this hop's, with what is injected. */
export interface OutgoingRequest {
  readonly head: RequestHead;
  readonly authority: Authority;
  /** Path and query. */
  readonly target: string;
  /** How the body goes out. */
  readonly framing: Framing;
  readonly injection: Injection | undefined;
  /** It asks for a WebSocket. */
  readonly upgrade: boolean;
}

export interface UpstreamSide {
  /** From `authorityKey`. */
  readonly key: string;
  /** It has answered before, and may be about to close the connection. */
  readonly reused: boolean;
  readonly usable: boolean;
  /** Everything written so far is on its way; else `onDrain` follows. */
  readonly taken: boolean;
  /** What follows goes out together, until `uncork`. */
  cork(): void;
  uncork(): void;
  /** Begins a request; its body follows by `data`. */
  begin(request: OutgoingRequest, listener: AnswerListener): void;
  /** False: wait for `onDrain`. */
  data(part: Buffer): boolean;
  /** The request's body is complete. */
  end(trailers: Fields | undefined): void;
  /** Stops and continues the answer. */
  pause(): void;
  resume(): void;
  /** Request and answer are over: the connection may take another request. */
  rest(): void;
  destroy(): void;
}

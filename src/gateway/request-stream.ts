/** Cuts the bytes of one connection into requests: head, body, and nothing more until that request is answered. */
import type { Leisure } from "./crowd.ts";
import { createBodyReader } from "./http/body-reader.ts";
import type { BodyReader } from "./http/body-reader.ts";
import type { Fields } from "./http/fields.ts";
import type { Framing } from "./http/framing.ts";
import { gather } from "./http/gather.ts";
import { beginsRequest, findHeadEnd } from "./http/head-end.ts";
import type { Limits } from "./limits.ts";
import { malformed, requestTimeout } from "./refusal.ts";

export interface RequestStreamHandler {
  /** A head came, without its empty line; the handler calls `body` if one follows. */
  onHead(bytes: Buffer): void;
  onBody(part: Buffer): void;
  onBodyEnd(trailers: Fields | undefined): void;
  /** A refused body was read to its end. */
  onDrained(): void;
  /** The bytes are not HTTP, or a handler threw. */
  onFault(error: unknown): void;
  /** Too much came ahead of the answer: reading stops until `next`. */
  onAhead(): void;
}

type Phase = "head" | "body" | "answer" | "drain" | "stopped";

const nothing: Buffer = Buffer.alloc(0);

export class RequestStream {
  readonly #handler: RequestStreamHandler;
  readonly #limits: Limits;
  #phase: Phase = "head";
  #input: Buffer = nothing;
  /** Bytes of the input in which no head ends. */
  #looked = 0;
  #reader: BodyReader | undefined;
  #working = false;
  #held = false;
  #drained = 0;
  #heads = 0;

  constructor(handler: RequestStreamHandler, limits: Limits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** A head has begun and is not complete. */
  get partial(): boolean {
    return this.#phase === "head" && this.#input.length > 0;
  }

  /** Whether it reads or waits for a first head, or for a next one. */
  get leisure(): Leisure {
    if (this.#phase !== "head") return "busy";
    return this.#heads === 0 ? "new" : "idle";
  }

  /** The head that has begun will not be waited for. */
  late(): void {
    this.#handler.onFault(requestTimeout());
  }

  /** The body of the present request has not been read to its end. */
  get unread(): boolean {
    return this.#reader?.done === false;
  }

  push(chunk: Buffer): void {
    if (this.#phase === "stopped") return;
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#work();
  }

  /** The present request has a body. */
  body(framing: Framing): void {
    if (framing === 0) return;
    this.#reader = createBodyReader(framing);
    this.#phase = "body";
  }

  /** No more parts of the body until `resume`. */
  pause(): void {
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
    this.#work();
  }

  /** The present request is answered: what is left of its body is read and forgotten, then comes the next head. */
  next(): void {
    if (this.#phase === "stopped") return;
    this.#held = false;
    this.#drained = 0;
    this.#phase = this.unread ? "drain" : "head";
    if (!this.unread) this.#reader = undefined;
    this.#work();
  }

  /** Nothing more is read; returns what was not. */
  stop(): Buffer {
    const rest = this.#input;
    this.#phase = "stopped";
    this.#input = nothing;
    return rest;
  }

  /** A step at a time: steps call back into whoever calls this. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#takeSteps());
    } finally {
      this.#working = false;
    }
  }

  /** True after a fault: its refusal may have made way for the next request. */
  #takeSteps(): boolean {
    try {
      while (!this.#held && this.#input.length > 0 && this.#step());
      return false;
    } catch (error) {
      this.#handler.onFault(error);
      return true;
    }
  }

  /** False: nothing more can be done with the input now. */
  #step(): boolean {
    switch (this.#phase) {
      case "head":
        return this.#readHead();
      case "body":
      case "drain":
        return this.#readBody(this.#phase === "drain");
      case "answer":
        if (this.#input.length > this.#limits.ahead) this.#handler.onAhead();
        return false;
      case "stopped":
        return false;
    }
  }

  #readHead(): boolean {
    if (!beginsRequest(this.#input[0] as number))
      throw malformed("it does not begin with a method");
    const end = findHeadEnd(this.#input, this.#limits.requestHead, this.#looked);
    this.#looked = end < 0 ? this.#input.length : 0;
    if (end < 0) return false;
    const bytes = this.#input.subarray(0, end);
    this.#input = end + 4 === this.#input.length ? nothing : this.#input.subarray(end + 4);
    this.#phase = "answer";
    this.#heads += 1;
    this.#reader = undefined;
    this.#handler.onHead(bytes);
    return true;
  }

  #readBody(forget: boolean): boolean {
    const reader = this.#reader;
    if (reader === undefined) return false;
    const { end, data } = gather(reader, this.#input, 0);
    this.#input = this.#input.subarray(end);
    if (forget) {
      this.#drained += data.length;
      if (this.#drained > this.#limits.drained) throw malformed("its body is too long", 413);
      if (reader.done) {
        this.next();
        this.#handler.onDrained();
      }
      return true;
    }
    if (reader.done) this.#phase = "answer";
    if (data.length > 0) this.#handler.onBody(data);
    // The handler may have gone on to the next request by then.
    if (reader.done && this.#reader === reader) this.#handler.onBodyEnd(reader.trailers);
    return true;
  }
}

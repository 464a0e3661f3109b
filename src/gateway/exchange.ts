/** One permitted request and its answer: opens the upstream, sends, and hands the answer on as it comes. */
import type { ClientSide } from "./client-side.ts";
import { chunkLine, lastChunk } from "./http/chunked.ts";
import { isEncoded } from "./http/content-encoding.ts";
import { chunked } from "./http/framing.ts";
import type { RequestHead } from "./http/request-head.ts";
import type { ResponseHead } from "./http/response-head.ts";
import { answersInChunks, responseHeadText } from "./http/write-response.ts";
import { upstreamHead } from "./inject.ts";
import type { Permit } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";
import { createRequestBody } from "./request-body.ts";
import type { RequestBody } from "./request-body.ts";
import type { Scrubber } from "./scrub.ts";
import type { Services } from "./services.ts";
import { meterFor } from "./tokens.ts";
import type { TokenMeter } from "./tokens.ts";
import type { AnswerListener, Upstream } from "./upstream/upstream.ts";
import { unreachable } from "./upstream/unreachable.ts";

const nothing: Buffer = Buffer.alloc(0);

export class Exchange implements AnswerListener {
  readonly #client: ClientSide;
  readonly #head: RequestHead;
  readonly #permit: Permit;
  readonly #services: Services;
  readonly #body: RequestBody;
  readonly #startedAt: number;
  #upstream: Upstream | undefined;
  #opening = false;
  /** What came before the upstream stood. */
  #early: Buffer = nothing;
  #askedAgain = false;
  #bodyEnded = false;
  #sentWhole = false;
  #answer: ResponseHead | undefined;
  #scrubber: Scrubber | undefined;
  #meter: TokenMeter | undefined;
  #over = false;
  #sent = 0;
  #received = 0;

  /** Throws a Refusal if the body cannot be judged. */
  constructor(client: ClientSide, head: RequestHead, permit: Permit, services: Services) {
    this.#client = client;
    this.#head = head;
    this.#permit = permit;
    this.#services = services;
    this.#startedAt = services.now();
    this.#body = createRequestBody(head, permit, services);
    services.counts.active += 1;
  }

  /** An answer has begun: nothing else can be said on this connection. */
  get answered(): boolean {
    return this.#answer !== undefined;
  }

  start(): void {
    if (this.#head.expects && this.#head.framing !== 0)
      this.#client.write("HTTP/1.1 100 Continue\r\n\r\n");
    if (this.#head.framing === 0) this.bodyEnd();
    else if (!this.#body.holding) this.#open();
  }

  /** A part of the request's body. */
  data(part: Buffer): void {
    if (this.#over) return;
    try {
      this.#send(this.#body.push(part));
    } catch (error) {
      return this.#refuse(error);
    }
    if (!this.#body.holding && this.#upstream === undefined) this.#open();
  }

  /** The request's body is complete. */
  bodyEnd(): void {
    if (this.#over || this.#bodyEnded) return;
    try {
      this.#send(this.#body.end());
    } catch (error) {
      return this.#refuse(error);
    }
    this.#bodyEnded = true;
    if (this.#upstream === undefined) this.#open();
    else this.#sendEnd(this.#upstream);
  }

  /** Nothing more comes of this: the bottle's side is gone, or sent what cannot be read. */
  abandon(code: string, reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#upstream?.destroy();
    this.#log("error", { code, reason });
  }

  /** The bottle can take more of the answer. */
  drained(): void {
    if (!this.#over) this.#upstream?.resume();
  }

  // AnswerListener

  scrubHead(bytes: Buffer): Buffer {
    const scrubber = this.#permit.bound?.scrubbers.open();
    if (scrubber === undefined) return bytes;
    return Buffer.concat([scrubber.push(bytes), scrubber.flush()]);
  }

  onHead(head: ResponseHead): void {
    if (head.status < 200) {
      if (head.status !== 100) this.#client.write(latin1(responseHeadText(head, false)));
      return;
    }
    const { bound } = this.#permit;
    if (bound !== undefined && head.framing !== 0) {
      if (isEncoded(head.fields)) {
        this.#upstream?.destroy();
        return this.#refuse(
          new Refusal("unreadable-answer", "The host's answer is encoded and cannot be checked.", {
            status: 502,
          }),
        );
      }
      this.#scrubber = bound.scrubbers.open();
      const { tokens } = this.#services.counts;
      this.#meter = meterFor(bound.credential, this.#permit.routed.target, head, tokens);
    }
    this.#answer = head;
    this.#client.cork();
    this.#client.write(latin1(responseHeadText(head, this.#client.closes)));
    process.nextTick(() => this.#client.uncork());
  }

  onData(part: Buffer): void {
    this.#received += part.length;
    this.#hand(this.#scrubber === undefined ? part : this.#scrubber.push(part));
  }

  onEnd(reusable: boolean): void {
    if (this.#scrubber !== undefined) this.#hand(this.#scrubber.flush());
    if (this.#answer !== undefined && answersInChunks(this.#answer)) this.#client.write(lastChunk);
    this.#end();
    const upstream = this.#upstream;
    if (reusable && this.#sentWhole && upstream !== undefined) this.#services.pool.put(upstream);
    else upstream?.destroy();
    this.#log("request", {});
    this.#client.finish();
  }

  onFailed(reason: string): void {
    if (this.#over) return;
    if (this.#answer === undefined)
      return this.#mayAskAgain() ? this.#open() : this.#refuse(unreachable(reason));
    this.#end();
    this.#log("error", { code: "answer-cut", reason });
    this.#client.cut();
  }

  onDrain(): void {
    if (!this.#body.holding) this.#body.release();
    this.#client.resume();
  }

  /**
   * A connection that waited may end just as it is used again. What changes nothing may be asked once more (RFC 9110
   * section 9.2.2); anything else may have been done already.
   */
  #mayAskAgain(): boolean {
    const { method, framing } = this.#head;
    const stale = this.#upstream?.reused === true && !this.#askedAgain;
    if (!stale || framing !== 0 || (method !== "GET" && method !== "HEAD")) return false;
    this.#askedAgain = true;
    this.#opening = false;
    this.#upstream = undefined;
    return true;
  }

  #open(): void {
    if (this.#opening) return;
    this.#opening = true;
    const { authority, key } = this.#permit.routed;
    const opened = this.#services.opener.open(authority, key);
    if (!(opened instanceof Promise)) return this.#opened(opened);
    if (!this.#bodyEnded) this.#client.pause();
    opened.then(
      (upstream) => this.#opened(upstream),
      (error: unknown) => this.#refuse(error),
    );
  }

  #opened(upstream: Upstream): void {
    if (this.#over) return upstream.destroy();
    if (!upstream.usable) return this.#refuse(unreachable("it closed the connection"));
    this.#upstream = upstream;
    const { authority, target } = this.#permit.routed;
    const { bound } = this.#permit;
    if (bound !== undefined) this.#services.counts.firstInjectedAt ??= this.#services.now();
    const text = upstreamHead(this.#head, authority, target, this.#body.framing, bound?.injection);
    upstream.cork();
    upstream.begin({ method: this.#head.method, head: text }, this);
    const early = this.#early;
    this.#early = nothing;
    this.#send(early);
    if (this.#bodyEnded) this.#sendEnd(upstream);
    else this.#client.resume();
    upstream.uncork();
    // What an upstream does not take yet fills this host's memory still.
    if (upstream.taken) this.#body.release();
  }

  #send(part: Buffer): void {
    if (part.length === 0) return;
    const upstream = this.#upstream;
    if (upstream === undefined) {
      this.#early = this.#early.length === 0 ? part : Buffer.concat([this.#early, part]);
      return;
    }
    this.#sent += part.length;
    if (this.#body.framing !== chunked) {
      if (!upstream.write(part)) this.#client.pause();
      return;
    }
    upstream.cork();
    upstream.write(chunkLine(part.length));
    upstream.write(part);
    const more = upstream.write("\r\n");
    upstream.uncork();
    if (!more) this.#client.pause();
  }

  #sendEnd(upstream: Upstream): void {
    if (this.#body.framing === chunked) upstream.write(lastChunk);
    this.#sentWhole = true;
  }

  /** Hands a part of the answer on. */
  #hand(part: Buffer): void {
    if (part.length === 0 || this.#answer === undefined) return;
    let more: boolean;
    if (answersInChunks(this.#answer)) {
      this.#client.cork();
      this.#client.write(chunkLine(part.length));
      this.#client.write(part);
      more = this.#client.write("\r\n");
      this.#client.uncork();
    } else more = this.#client.write(part);
    if (!more) this.#upstream?.pause();
    // It is on its way: the bottle does not wait for the count.
    this.#meter?.push(part);
  }

  #refuse(error: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#upstream?.destroy();
    if (this.#answer !== undefined) return this.#client.cut();
    this.#client.refuse(error instanceof Refusal ? error : unreachable("the gateway failed"));
  }

  #end(): void {
    this.#over = true;
    this.#meter?.end();
    this.#early = nothing;
    this.#body.release();
    this.#services.counts.active -= 1;
  }

  #log(
    event: "request" | "error",
    more: { readonly code?: string; readonly reason?: string },
  ): void {
    const { routed, bound } = this.#permit;
    this.#services.log.write({
      event,
      door: routed.door,
      authority: routed.authority,
      method: this.#head.method,
      target: routed.target,
      status: this.#answer?.status,
      credential: bound?.credential.name,
      sent: this.#sent,
      received: this.#received,
      ms: this.#services.now() - this.#startedAt,
      ...more,
    });
  }
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** One permitted request and its answer: opens the upstream, sends, and hands the answer on as it comes. */
import type { ClientSide } from "./client-side.ts";
import { openAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { createAsk } from "./ask.ts";
import type { Fields } from "./http/fields.ts";
import type { RequestHead } from "./http/request-head.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";
import { createRequestBody } from "./request-body.ts";
import type { RequestBody } from "./request-body.ts";
import type { Services } from "./services.ts";
import { withoutCookies } from "./session-cookies.ts";
import { answerTrailers, requestTrailers } from "./trailers.ts";
import type { AnswerListener, UpstreamSide } from "./upstream/upstream-side.ts";
import { unreachable } from "./upstream/unreachable.ts";

const nothing: Buffer = Buffer.alloc(0);

export class Exchange implements AnswerListener {
  readonly #client: ClientSide;
  readonly #head: RequestHead;
  readonly #permit: Permit;
  readonly #services: Services;
  readonly #body: RequestBody;
  readonly #startedAt: number;
  #upstream: UpstreamSide | undefined;
  #opening = false;
  /** What came before the upstream stood. */
  #early: Buffer = nothing;
  #askedAgain = false;
  #bodyEnded = false;
  #sentWhole = false;
  #trailers: Fields | undefined;
  /** The answer's head, once it was given. */
  #answer: ResponseHead | undefined;
  /** What the answer goes through. */
  #stages: Answer | undefined;
  #asking: AbortController | undefined;
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
    this.#body = createRequestBody(head, permit, services, {
      ask: (question) => {
        this.#asking ??= new AbortController();
        return createAsk(permit, services, this.#asking.signal)(question);
      },
      find: (data) => services.everything.find(data),
    });
    services.counts.active += 1;
  }

  /** An answer has begun: nothing else can be said on this connection. */
  get answered(): boolean {
    return this.#answer !== undefined;
  }

  start(): void {
    if (this.#head.expects && this.#head.framing !== 0) this.#client.goOn();
    if (this.#head.framing === 0) this.bodyEnd(undefined);
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
  bodyEnd(trailers: Fields | undefined): void {
    if (this.#over || this.#bodyEnded) return;
    this.#bodyEnded = true;
    try {
      this.#trailers = requestTrailers(trailers, this.#permit);
      const rest = this.#body.end();
      if (!(rest instanceof Promise)) return this.#sendRest(rest);
      rest.then(
        (late) => this.#sendRest(late),
        (error: unknown) => this.#refuse(error),
      );
    } catch (error) {
      this.#refuse(error);
    }
  }

  #sendRest(rest: Buffer): void {
    if (this.#over) return;
    this.#send(rest);
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

  onHead(came: ResponseHead): void {
    const head = this.#permit.bound === undefined ? came : withoutCookies(came);
    if (head.status < 200) {
      if (head.status !== 100) this.#client.interim(head);
      return;
    }
    try {
      this.#stages = openAnswer(head, this.#permit, this.#services);
    } catch (error) {
      return this.#refuse(error);
    }
    if (this.#stages?.held === true) return;
    this.#answer = head;
    this.#client.head(head);
  }

  onData(part: Buffer): void {
    this.#received += part.length;
    try {
      this.#hand(this.#stages === undefined ? part : this.#stages.push(part));
    } catch (error) {
      this.#refuse(error);
    }
  }

  onEnd(reusable: boolean, trailers: Fields | undefined): void {
    if (this.#over || !this.#handRest()) return;
    this.#end();
    const upstream = this.#upstream;
    if (reusable && this.#sentWhole) upstream?.rest();
    else upstream?.destroy();
    this.#log("request", {});
    this.#client.end(answerTrailers(trailers, this.#permit));
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

  #opened(upstream: UpstreamSide): void {
    if (this.#over) return upstream.destroy();
    if (!upstream.usable) return this.#refuse(unreachable("it closed the connection"));
    this.#upstream = upstream;
    const { bound, target, routed } = this.#permit;
    const { authority } = routed;
    if (bound !== undefined) this.#services.counts.firstInjectedAt ??= this.#services.now();
    upstream.cork();
    // A body whose length is known has no place for trailers.
    const framing = this.#trailers === undefined ? this.#body.framing : this.#head.framing;
    const injection = bound?.injection;
    upstream.begin({ head: this.#head, authority, target, framing, injection }, this);
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
    if (!upstream.data(part)) this.#client.pause();
  }

  #sendEnd(upstream: UpstreamSide): void {
    upstream.end(this.#trailers);
    this.#sentWhole = true;
  }

  /** Hands a part of the answer on. */
  #hand(part: Buffer): void {
    if (part.length === 0 || this.#over) return;
    if (!this.#client.data(part)) this.#upstream?.pause();
    // It is on its way: the bottle does not wait for the count.
    this.#stages?.count(part);
  }

  /** False: what was held cannot be given. */
  #handRest(): boolean {
    if (this.#stages === undefined) return true;
    try {
      const { head, rest } = this.#stages.end();
      if (head !== undefined) {
        this.#answer = head;
        this.#client.head(head);
      }
      this.#hand(rest);
      return true;
    } catch (error) {
      this.#refuse(error);
      return false;
    }
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
    this.#asking?.abort();
    this.#stages?.release();
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

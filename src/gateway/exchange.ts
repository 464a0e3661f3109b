/** One permitted request and its answer: opens the upstream, sends, and hands the answer on as it comes. */
import type { Socket } from "node:net";
import { writeAnswered } from "./audit-lines.ts";
import type { ClientSide } from "./client-side.ts";
import { openAnswer, scrubbedHead } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { openJudging } from "./ask.ts";
import type { Judging } from "./ask.ts";
import type { Fields } from "./http/fields.ts";
import type { RequestHead } from "./http/request-head.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";
import { changesNothing, openUpstream, outgoing } from "./outgoing.ts";
import { createRequestBody } from "./request-body.ts";
import type { RequestBody } from "./request-body.ts";
import type { Services } from "./services.ts";
import { withoutCookies } from "./session-cookies.ts";
import { answerTrailers, requestTrailers } from "./trailers.ts";
import type { AnswerListener, UpstreamSide } from "./upstream/upstream-side.ts";
import { unreachable } from "./upstream/unreachable.ts";
import { answersUpgrade } from "./websocket/handshake.ts";

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
  readonly #judging: Judging | undefined;
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
    this.#judging = openJudging(permit, services);
    const late = (): void => this.data(nothing);
    this.#body = createRequestBody(head, permit, services, this.#judging, late, client);
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
    this.#log({ code, reason });
  }

  /** The bottle can take more of the answer. */
  drained(): void {
    if (!this.#over) this.#upstream?.resume();
  }

  // AnswerListener
  scrubHead(bytes: Buffer): Buffer {
    return scrubbedHead(bytes, this.#permit);
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

  onSwitch(head: ResponseHead, socket: Socket, rest: Buffer): void {
    if (this.#over) return void socket.destroy();
    // The connection is destroyed with the exchange.
    if (!answersUpgrade(this.#head, head))
      return this.#refuse(unreachable("its upgrade is not the one that was asked for"));
    this.#end();
    this.#client.switched(head, this.#permit, socket, rest);
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
    if (reusable && this.#sentWhole) this.#upstream?.rest();
    else this.#upstream?.destroy();
    this.#log();
    this.#client.end(answerTrailers(trailers, this.#permit));
  }

  onFailed(reason: string, unprocessed = false): void {
    if (this.#over) return;
    if (this.#answer !== undefined) this.#refuse(new Refusal("answer-cut", reason));
    else if (this.#mayAskAgain(unprocessed)) this.#open();
    else this.#refuse(unreachable(reason));
  }

  onDrain(): void {
    if (!this.#body.holding) this.#body.release();
    this.#client.resume();
  }

  /**
   * A connection that waited may end just as it is used again. What changes nothing may be asked once more (RFC 9110
   * section 9.2.2); anything else may have been done already, unless the upstream says that it was not looked at.
   */
  #mayAskAgain(unprocessed: boolean): boolean {
    const stale = this.#upstream?.reused === true && changesNothing(this.#head);
    if (this.#askedAgain || this.#head.framing !== 0 || !(stale || unprocessed)) return false;
    this.#askedAgain = true;
    this.#opening = false;
    this.#upstream = undefined;
    return true;
  }

  #open(): void {
    if (this.#opening) return;
    this.#opening = true;
    const opened = openUpstream(this.#services.opener, this.#permit, this.#head, this.#client.h2);
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
    if (this.#permit.bound !== undefined)
      this.#services.counts.firstInjectedAt ??= this.#services.now();
    upstream.cork();
    // A body whose length is known has no place for trailers.
    const framing = this.#trailers === undefined ? this.#body.framing : this.#head.framing;
    upstream.begin(outgoing(this.#head, this.#permit, framing), this);
    this.#send(this.#early);
    this.#early = nothing;
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
    const refusal = error instanceof Refusal ? error : unreachable("the gateway failed");
    if (this.#answer === undefined) return this.#client.refuse(refusal);
    this.#log({ code: refusal.code, reason: refusal.reason });
    this.#client.cut();
  }

  #end(): void {
    this.#over = true;
    this.#judging?.abort();
    this.#stages?.release();
    this.#early = nothing;
    this.#body.abort();
    this.#services.counts.active -= 1;
  }

  #log(error?: { readonly code: string; readonly reason: string }): void {
    writeAnswered(
      this.#services,
      {
        permit: this.#permit,
        head: this.#head,
        answer: this.#answer,
        sent: this.#sent,
        received: this.#received,
        ms: this.#services.now() - this.#startedAt,
      },
      error,
    );
  }
}

/** One stream of the bottle: one request, and the way of its answer back. */
import { errorCode } from "./http2.ts";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { ClientSide } from "../client-side.ts";
import type { Door } from "../doors/door.ts";
import { Exchange } from "../exchange.ts";
import type { Fields } from "../http/fields.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { Permit } from "../pipeline.ts";
import { Refusal, gatewayFailed, malformed, refusalParts } from "../refusal.ts";
import { writeRefused } from "../audit-lines.ts";
import type { Routed } from "../routed.ts";
import type { Services } from "../services.ts";
import { responseHeaders, trailerHeaders } from "./fields.ts";
import { h2RequestHead, h2Trailers } from "./head-text.ts";
import type { RawHead } from "./head-text.ts";

export interface H2RequestOptions {
  readonly stream: ServerHttp2Stream;
  readonly door: Door;
  readonly services: Services;
  /** No other request on this connection either. */
  readonly fatal: () => void;
  readonly closed: (request: H2Request) => void;
}

export class H2Request implements ClientSide {
  readonly h2 = true;
  readonly #stream: ServerHttp2Stream;
  readonly #services: Services;
  readonly #options: H2RequestOptions;
  #head: RequestHead | undefined;
  #routed: Routed | undefined;
  #exchange: Exchange | undefined;
  #trailers: Fields | undefined;
  #answerTrailers: Fields | undefined;
  #received = 0;
  #paused = false;
  #cut = false;
  #deadline: number;

  constructor(options: H2RequestOptions) {
    const { stream, services } = options;
    this.#options = options;
    this.#stream = stream;
    this.#services = services;
    this.#deadline = services.ticker.after(services.limits.idleMs);
    stream.on("data", (part: Buffer) => this.#data(part));
    stream.on("end", () => this.#end());
    stream.on("trailers", (_map, _flags, raw?: RawHead) => this.#tookTrailers(raw ?? []));
    stream.on("drain", () => this.#exchange?.drained());
    stream.on("wantTrailers", () => this.#finish());
    stream.on("finish", () => {
      // An answer that did not need the rest of the request (RFC 9113 section 8.1).
      if (!stream.readableEnded) stream.close(errorCode.none);
    });
    stream.on("error", () => undefined);
    stream.on("close", () => this.#gone());
  }

  begin(raw: RawHead, ended: boolean): void {
    const { services, door } = this.#options;
    services.counts.requests += 1;
    services.counts.firstRequestAt ??= services.now();
    try {
      const head = h2RequestHead(raw, ended, services.limits.fields);
      this.#head = head;
      const routed = door.route(head);
      this.#routed = routed;
      if (routed.kind !== "request") throw gatewayFailed();
      const permit = services.pipeline.judgeRequest(routed, head);
      const exchange = new Exchange(this, head, permit, services);
      this.#exchange = exchange;
      exchange.start();
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Ends what sent nothing for too long in the middle of a body. */
  sweep(ticks: number): void {
    if (ticks >= this.#deadline && !this.#paused && !this.#stream.readableEnded)
      this.#stream.close(errorCode.cancel);
  }

  // ClientSide

  goOn(): void {
    this.#stream.additionalHeaders({ ":status": 100 });
  }

  interim(head: ResponseHead): void {
    this.#stream.additionalHeaders(responseHeaders(head));
  }

  head(head: ResponseHead): void {
    const endStream = head.framing === 0;
    this.#stream.respond(responseHeaders(head), { endStream, waitForTrailers: !endStream });
  }

  data(part: Buffer): boolean {
    // Of a conversation either side may be silent for long.
    this.#deadline = this.#services.ticker.after(this.#services.limits.idleMs);
    return this.#stream.write(part);
  }

  end(trailers: Fields | undefined): void {
    this.#exchange = undefined;
    this.#answerTrailers = trailers;
    this.#stream.end();
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#deadline = this.#services.ticker.after(this.#services.limits.idleMs);
    this.#stream.resume();
  }

  /** No stream is asked for it: extended CONNECT (RFC 8441) is not offered. */
  switched(_head: ResponseHead, _permit: Permit, upstream: Socket): void {
    upstream.destroy();
    this.cut();
  }

  cut(): void {
    this.#exchange = undefined;
    this.#cut = true;
    this.#stream.close(errorCode.internal);
  }

  refuse(refusal: Refusal): void {
    this.#exchange = undefined;
    writeRefused(this.#services, refusal, this.#head, this.#routed);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const { pipeline } = this.#services;
    const routed = this.#routed;
    const dialect = routed?.kind === "request" ? pipeline.dialectAt(routed.key) : "plain";
    const { fields, body } = refusalParts(refusal, dialect);
    // For another authority there may be another connection (RFC 9110 section 15.5.20).
    const status = refusal.code === "authority-mismatch" ? 421 : refusal.status;
    const bodyless = this.#head?.method === "HEAD";
    stream.respond({ ":status": status, ...Object.fromEntries(fields) }, { endStream: bodyless });
    if (!bodyless) stream.end(body);
    this.resume();
    if (refusal.code === "sni-missing" || refusal.code === "sni-mismatch") this.#options.fatal();
  }

  #data(part: Buffer): void {
    this.#deadline = this.#services.ticker.after(this.#services.limits.idleMs);
    this.#received += part.length;
    this.#exchange?.data(part);
  }

  #end(): void {
    // A stream that was reset ends as well.
    if (this.#stream.aborted || (this.#stream.rstCode ?? 0) !== 0) return this.#gone();
    const declared = this.#head?.framing ?? 0;
    if (declared > 0 && this.#received !== declared)
      return this.#fault(malformed("its body is shorter than its length"));
    this.#exchange?.bodyEnd(this.#trailers);
  }

  #tookTrailers(raw: RawHead): void {
    try {
      this.#trailers = h2Trailers(raw, this.#services.limits.fields);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Node ends a stream before it resets it; an answer that waits for trailers has no end before they are sent. */
  #finish(): void {
    if (this.#cut) return;
    try {
      this.#stream.sendTrailers(trailerHeaders(this.#answerTrailers));
    } catch {
      // A field that may come once came twice.
      this.#stream.close(errorCode.internal);
    }
  }

  #fault(error: unknown): void {
    const refusal = error instanceof Refusal ? error : gatewayFailed();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.abandon("refused", refusal.reason);
    if (exchange?.answered === true) return this.cut();
    this.refuse(refusal);
  }

  #gone(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.abandon("client-gone", "it reset the stream");
    this.#options.closed(this);
  }
}

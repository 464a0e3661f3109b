/** One connection from the bottle: takes its requests one after the other, and answers them in that order. */
import type { Socket } from "node:net";
import type { ClientSide } from "./client-side.ts";
import type { Leisure } from "./crowd.ts";
import type { Door } from "./doors/door.ts";
import { Exchange } from "./exchange.ts";
import { lastChunk } from "./http/chunked.ts";
import type { Fields } from "./http/fields.ts";
import { parseRequestHead } from "./http/request-head.ts";
import type { RequestHead } from "./http/request-head.ts";
import type { ResponseHead } from "./http/response-head.ts";
import { answersInChunks, responseHeadText, switchedHeadText } from "./http/write-response.ts";
import { Outlet } from "./outlet.ts";
import type { Permit } from "./pipeline.ts";
import { gatewayFailed, Refusal, refusalAnswer } from "./refusal.ts";
import { writeRefused } from "./audit-lines.ts";
import { RequestStream } from "./request-stream.ts";
import type { RequestStreamHandler } from "./request-stream.ts";
import type { Routed } from "./routed.ts";
import type { Services } from "./services.ts";
import type { GrantedTunnel } from "./tunnel.ts";
import { checkUpgrade } from "./websocket/handshake.ts";
import type { SwitchedSockets } from "./websocket/relay.ts";

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly door: Door;
  readonly services: Services;
  /** Takes the socket over after a tunnel was granted. */
  readonly tunnel: (tunnel: GrantedTunnel) => void;
  /** Takes over after both sides left HTTP. */
  readonly switched: (sockets: SwitchedSockets) => void;
  readonly closed: (connection: Connection) => void;
}

export class Connection implements ClientSide, RequestStreamHandler {
  readonly h2 = false;
  readonly #socket: Socket;
  readonly #outlet: Outlet;
  readonly #services: Services;
  readonly #options: ConnectionOptions;
  readonly #stream: RequestStream;
  #exchange: Exchange | undefined;
  #head: RequestHead | undefined;
  #routed: Routed | undefined;
  #deadline: number;
  #closes = false;
  #retired = false;
  #inChunks = false;
  /** The bottle does not read its answers: the next request waits. */
  #unreadAnswers = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#outlet = new Outlet(options.socket);
    this.#services = options.services;
    this.#stream = new RequestStream(this, this.#services.limits);
    this.#deadline = this.#services.ticker.after(this.#services.limits.headMs);
    this.#socket.on("data", this.#onData);
    this.#socket.on("drain", this.#onDrain);
    this.#socket.on("end", this.#onEnd);
    this.#socket.on("error", this.#onError);
    this.#socket.on("close", this.#onClose);
  }

  /** Ends what took too long; `ticks` is the time. */
  sweep(ticks: number): void {
    // While an answer is awaited or given, no time is too long; what it began with may say otherwise.
    if (ticks < this.#deadline || this.#answers) return;
    if (!this.#stream.partial) return this.destroy();
    this.#stream.late();
  }

  get leisure(): Leisure {
    return this.#stream.leisure;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** For whom it is at work. */
  get asks(): Routed | undefined {
    return this.#exchange === undefined ? undefined : this.#routed;
  }

  /** Takes no further request: ends at once, or with the answer that is due. */
  retire(): void {
    this.#closes = true;
    this.#retired = true;
    if (this.#exchange === undefined && !this.#stream.partial) this.cut();
  }

  // ClientSide
  goOn(): void {
    this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  interim(head: ResponseHead): void {
    this.#socket.write(responseHeadText(head, false), "latin1");
  }

  head(head: ResponseHead): void {
    this.#inChunks = answersInChunks(head);
    this.#outlet.begin(responseHeadText(head, this.#closes));
  }

  data(part: Buffer): boolean {
    return this.#inChunks ? this.#outlet.chunk(part) : this.#outlet.write(part);
  }

  end(trailers: Fields | undefined): void {
    if (this.#inChunks) this.#outlet.write(lastChunk(trailers));
    this.#outlet.release();
    this.#finish();
  }

  pause(): void {
    this.#stream.pause();
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
    this.#stream.resume();
  }

  #finish(): void {
    this.#exchange = undefined;
    if (this.#stream.phase === "stopped") return;
    // Whoever waits for `100 Continue` will not send the body any more: where the next head begins is unknown.
    if (this.#closes || (this.#stream.unread && this.#head?.expects === true)) return this.#close();
    this.#deadline = this.#services.ticker.after(this.#services.limits.idleMs);
    // Who asks and never reads would fill this host's memory with answers.
    this.#unreadAnswers = this.#socket.writableNeedDrain;
    if (this.#unreadAnswers) return this.pause();
    this.#socket.resume();
    this.#stream.next();
  }

  switched(head: ResponseHead, permit: Permit, upstream: Socket, upstreamRest: Buffer): void {
    const request = this.#head;
    this.#exchange = undefined;
    if (request === undefined) return void upstream.destroy();
    const { socket: client, rest: clientRest } = this.#leave();
    client.write(switchedHeadText(head), "latin1");
    this.#options.switched({ client, clientRest, upstream, upstreamRest, permit, head: request });
  }

  cut(): void {
    this.#exchange = undefined;
    this.#stream.stop();
    this.#deadline = this.#services.ticker.after(this.#services.limits.lingerMs);
    this.#outlet.release();
    this.#socket.destroySoon();
  }

  refuse(refusal: Refusal): void {
    const { limits, pipeline } = this.#services;
    const head = this.#head;
    writeRefused(this.#services, refusal, head, this.#routed);
    const tooLong = this.#stream.unread && (head?.framing ?? 0) > limits.drained;
    if (refusal.fatal || tooLong || refusal.status === 426) this.#closes = true;
    if (this.#stream.unread && head?.expects === true) this.#closes = true;
    const key = this.#routed?.kind === "request" ? this.#routed.key : undefined;
    const dialect = key === undefined ? "plain" : pipeline.dialectAt(key);
    const bodyless = head?.method === "HEAD";
    this.#socket.write(refusalAnswer(refusal, { dialect, bodyless, close: this.#closes }));
    this.#finish();
  }

  // RequestStreamHandler

  onHead(bytes: Buffer): void {
    const { counts, limits, pipeline } = this.#services;
    counts.requests += 1;
    counts.firstRequestAt ??= this.#services.now();
    this.#routed = undefined;
    this.#head = undefined;
    const head = parseRequestHead(bytes, limits.fields);
    this.#head = head;
    this.#closes = this.#retired || !head.keepAlive;
    this.#stream.body(head.framing);
    const routed = this.#options.door.route(head);
    this.#routed = routed;
    if (routed.kind === "here") return this.#here();
    if (routed.kind === "tunnel") {
      const permit = pipeline.judgeTunnel(routed.authority, routed.key, head);
      const { authority, key } = routed;
      return this.#options.tunnel({ ...this.#leave(), authority, key, permit });
    }
    const permit = pipeline.judgeRequest(routed, head);
    if (head.upgrade !== undefined) checkUpgrade(head, permit);
    this.#exchange = new Exchange(this, head, permit, this.#services);
    this.#exchange.start();
  }

  onBody(part: Buffer): void {
    this.#exchange?.data(part);
  }

  onBodyEnd(trailers: Fields | undefined): void {
    this.#exchange?.bodyEnd(trailers);
  }

  onDrained(): void {
    this.#deadline = this.#services.ticker.after(this.#services.limits.idleMs);
  }

  onAhead(): void {
    this.#socket.pause();
  }

  onFault(error: unknown): void {
    const refusal = error instanceof Refusal ? error : gatewayFailed();
    const exchange = this.#exchange;
    const drains = this.#stream.phase === "drain";
    this.#exchange = undefined;
    exchange?.abandon("refused", refusal.reason);
    // In the middle of an answer, or after it, no other can be given.
    if (exchange?.answered === true || drains) return this.cut();
    this.refuse(refusal);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#stream.push(chunk);
    const { ticker, limits } = this.#services;
    const { phase } = this.#stream;
    if (this.#answers) this.#deadline = Number.POSITIVE_INFINITY;
    else if (phase === "body" || phase === "drain") this.#deadline = ticker.after(limits.idleMs);
    else if (this.#stream.partial)
      this.#deadline = Math.min(this.#deadline, ticker.after(limits.headMs));
  };

  readonly #onDrain = (): void => {
    if (!this.#unreadAnswers) return this.#exchange?.drained();
    this.#unreadAnswers = false;
    if (this.#stream.phase === "stopped") return;
    this.#socket.resume();
    this.#stream.next();
  };

  /** A bottle that ends its side is taken to be gone: nobody would read the rest of an answer that is paid for. */
  readonly #onEnd = (): void => {
    this.#gone("it ended the connection");
    this.#deadline = this.#services.ticker.after(this.#services.limits.lingerMs);
    this.#socket.destroySoon();
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#gone(error.code ?? "connection error");
  };

  readonly #onClose = (): void => {
    this.#gone("it closed the connection");
    this.#options.closed(this);
  };

  /** A request is being answered. */
  get #answers(): boolean {
    return this.#stream.phase === "answer" && !this.#unreadAnswers;
  }

  #gone(reason: string): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#stream.stop();
    exchange?.abandon("client-gone", reason);
  }

  #here(): void {
    this.#socket.write(
      `HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${this.#closes ? "connection: close\r\n" : ""}\r\n`,
    );
    this.#finish();
  }

  /** Nothing of this reads or ends the connection any more. */
  #leave(): { readonly socket: Socket; readonly rest: Buffer } {
    const socket = this.#socket;
    const rest = this.#stream.stop();
    socket.pause();
    socket.off("data", this.#onData);
    socket.off("drain", this.#onDrain);
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onError);
    socket.off("close", this.#onClose);
    this.#options.closed(this);
    return { socket, rest };
  }

  /** Says that this was the last answer, and lets the bottle read it. */
  #close(): void {
    this.#stream.stop();
    this.#deadline = this.#services.ticker.after(this.#services.limits.lingerMs);
    this.#socket.resume();
    this.#socket.end();
  }
}

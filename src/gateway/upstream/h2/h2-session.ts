/** A connection to an upstream that speaks HTTP/2: many requests at once, each on a stream of its own. */
import { http2 } from "../../h2/http2.ts";
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Limits } from "../../limits.ts";
import type { UpstreamSide } from "../upstream-side.ts";
import { H2Upstream } from "./h2-upstream.ts";

/** Milliseconds within which an upstream that is silent answers a ping. */
const pingMs = 20_000;

export interface H2SessionOptions {
  readonly key: string;
  /** The checked address it was dialled to; undefined through a proxy. */
  readonly address: string | undefined;
  readonly socket: Socket;
  readonly limits: Limits;
  readonly now: () => number;
  /** It takes no more requests. */
  readonly retired: (session: H2Session) => void;
  readonly closed: (session: H2Session) => void;
}

export class H2Session {
  readonly key: string;
  readonly address: string | undefined;
  readonly #session: ClientHttp2Session;
  readonly #options: H2SessionOptions;
  readonly #endsAt: number;
  #streams = 0;
  #requests = 0;
  #retired = false;
  #idleSince: number;
  #pingedAt: number | undefined;

  constructor(options: H2SessionOptions) {
    const { limits, socket } = options;
    this.key = options.key;
    this.address = options.address;
    this.#options = options;
    this.#idleSince = options.now();
    this.#endsAt = this.#idleSince + limits.upstreamLifeMs;
    const untyped = { maxSessionInvalidFrames: 16, maxSessionRejectedStreams: 64 };
    this.#session = http2().connect(options.key, {
      ...untyped,
      createConnection: () => socket,
      maxSessionMemory: limits.h2SessionMegabytes,
      maxHeaderListPairs: limits.fields,
      maxOutstandingPings: 4,
      peerMaxConcurrentStreams: limits.streams,
      settings: {
        enablePush: false,
        initialWindowSize: limits.streamWindow,
        maxHeaderListSize: limits.responseHead,
      },
    });
    this.#session.on("error", () => undefined);
    this.#session.on("goaway", () => this.retire());
    this.#session.on("close", () => socket.destroy());
    socket.on("close", () => {
      this.destroy();
      options.closed(this);
    });
    // Each stream has a window of its own; that of the connection should not be what makes a far upstream slow.
    this.#session.once("connect", (session) =>
      session.setLocalWindowSize(16 * limits.streamWindow),
    );
  }

  /** It takes another request. */
  get usable(): boolean {
    const { limits, now } = this.#options;
    if (this.#retired || this.#session.destroyed || this.#session.closed) return false;
    const allowed = this.#session.remoteSettings?.maxConcurrentStreams ?? limits.streams;
    return this.#streams < Math.min(allowed, limits.streams) && now() < this.#endsAt;
  }

  open(): UpstreamSide {
    this.#streams += 1;
    this.#requests += 1;
    return new H2Upstream({
      key: this.key,
      session: this.#session,
      limits: this.#options.limits,
      reused: this.#requests > 1,
      over: () => {
        this.#streams -= 1;
        this.#idleSince = this.#options.now();
        this.#endIfIdle();
      },
    });
  }

  /** What runs comes to its end; nothing more begins. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#options.retired(this);
    this.#endIfIdle();
  }

  /** Ends what waited too long, and asks a silent upstream whether it is still there. */
  sweep(): void {
    const { limits, now } = this.#options;
    const time = now();
    if (time >= this.#endsAt) this.retire();
    if (this.#streams === 0) {
      if (time - this.#idleSince >= limits.upstreamIdleMs) this.destroy();
      return;
    }
    if (this.#pingedAt !== undefined && time - this.#pingedAt >= pingMs) return this.destroy();
    if (this.#pingedAt !== undefined || this.#session.destroyed) return;
    this.#pingedAt = time;
    this.#session.ping((error) => {
      if (error === null) this.#pingedAt = undefined;
    });
  }

  destroy(): void {
    this.retire();
    this.#session.destroy();
    // Where a stream is in the middle of its answer, Node only ends it.
    this.#options.socket.destroy();
  }

  #endIfIdle(): void {
    if (this.#retired && this.#streams === 0) this.#session.close();
  }
}

/** A connection of the bottle that speaks HTTP/2: its streams are requests, and floods end it. */
import { endStreamFlag, errorCode, http2 } from "./http2.ts";
import type { ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Crowded } from "../crowd.ts";
import type { Door } from "../doors/door.ts";
import type { Services } from "../services.ts";
import type { RawHead } from "./head-text.ts";
import { H2Request } from "./request.ts";

export interface H2Connection extends Crowded {
  /** Takes no further request; what runs comes to its end. */
  retire(): void;
  sweep(ticks: number): void;
}

export interface H2ConnectionOptions {
  /** Its handshake is done. */
  readonly socket: TLSSocket;
  readonly door: Door;
  readonly services: Services;
  readonly closed: (connection: H2Connection) => void;
}

/** Frames are nghttp2's (RFC 9113); the bounds are ours. */
export function serveH2(options: H2ConnectionOptions): H2Connection {
  const { socket, door, services } = options;
  const { limits, ticker } = services;
  const requests = new Set<H2Request>();
  let idleAt = ticker.after(limits.idleMs);
  /** Streams that began since the last tick. */
  let begun = 0;
  let asked = false;

  // Not in the types of Node 20.
  const untyped = { maxSessionInvalidFrames: 16, maxSessionRejectedStreams: 64 };
  const session = http2().performServerHandshake(socket, {
    ...untyped,
    maxSessionMemory: limits.h2SessionMegabytes,
    maxHeaderListPairs: limits.fields,
    maxOutstandingPings: 4,
    settings: {
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.requestHead,
      initialWindowSize: limits.streamWindow,
      enableConnectProtocol: false,
    },
  });
  // Node waits for it where it did not see the handshake itself (`secureConnecting` of tls.TLSSocket).
  socket.emit("secureConnect");

  const connection: H2Connection = {
    get leisure() {
      if (requests.size > 0) return "busy";
      return asked ? "idle" : "new";
    },
    sweep(ticks) {
      begun = 0;
      for (const request of requests) request.sweep(ticks);
      if (requests.size > 0) idleAt = ticker.after(limits.idleMs);
      else if (ticks >= idleAt) connection.destroy();
    },
    retire: () => session.close(),
    destroy() {
      session.destroy();
      // Where a stream is in the middle of its answer, Node only ends it.
      socket.destroy();
    },
  };

  const calm = (): void => {
    session.goaway(errorCode.calm);
    setImmediate(() => connection.destroy());
  };
  session.on("stream", (stream: ServerHttp2Stream, _map, flags, raw?: RawHead) => {
    // Before anything else: an error that nobody hears ends the supervisor.
    stream.on("error", () => undefined);
    begun += 1;
    asked = true;
    // Begun and reset at once, a stream costs its sender nothing (CVE-2023-44487): the limit of open ones does not count it.
    if (begun > limits.streamsBegun) return calm();
    if (!services.streams.take(1)) return stream.close(errorCode.refused);
    stream.once("close", () => services.streams.give(1));
    const request = new H2Request({
      stream,
      door,
      services,
      fatal: () => session.close(),
      closed: (one) => requests.delete(one),
    });
    requests.add(request);
    request.begin(raw ?? [], (flags & endStreamFlag) !== 0);
  });
  session.on("error", () => undefined);
  session.on("close", () => socket.destroy());
  socket.on("close", () => {
    session.destroy();
    options.closed(connection);
  });
  return connection;
}

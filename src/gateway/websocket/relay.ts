/** A WebSocket between the bottle and an upstream: what goes out is scanned, what comes in loses secrets. */
import type { Socket } from "node:net";
import type { Crowded } from "../crowd.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { Limits } from "../limits.ts";
import type { Served } from "../lasting.ts";
import { createMessageScan } from "../message-scan.ts";
import type { Permit } from "../pipeline.ts";
import { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";
import { createDirection } from "./direction.ts";
import type { MessageFilter } from "./direction.ts";
import { FrameError, closeCode } from "./frame-reader.ts";
import { writeClose } from "./frame-writer.ts";

/** Both sides have switched; nothing of either was read yet but what is in the two rests. */
export interface SwitchedSockets {
  readonly client: Socket;
  readonly clientRest: Buffer;
  readonly upstream: Socket;
  readonly upstreamRest: Buffer;
  readonly permit: Permit;
  readonly head: RequestHead;
}

export interface WebSocketRelay extends Crowded {
  readonly serves: Served;
  sweep(ticks: number): void;
  /** Says goodbye to both sides. */
  retire(): void;
}

export function startRelay(
  sockets: SwitchedSockets,
  services: Services,
  closed: (relay: WebSocketRelay) => void,
): WebSocketRelay {
  const { client, upstream, permit, head } = sockets;
  const { ticker, limits, log } = services;
  const { routed, bound } = permit;
  const startedAt = services.now();
  let deadline = ticker.after(limits.idleMs);
  let over = false;
  let closes = 0;

  const line = { door: routed.door, authority: routed.authority, target: routed.target } as const;
  const about = { ...line, method: head.method, credential: bound?.credential.name };
  const finish = (more: { readonly code?: string; readonly reason?: string } = {}): void => {
    if (over) return;
    over = true;
    for (const socket of [client, upstream]) socket.destroySoon();
    // Whoever does not read its end is not waited for.
    deadline = ticker.after(limits.lingerMs);
    const ms = services.now() - startedAt;
    log.write({ event: "upgrade", ...about, sent: out.bytes, received: into.bytes, ms, ...more });
  };
  const end = (code: number): void => {
    if (over) return;
    client.write(writeClose(code, false));
    upstream.write(writeClose(code === closeCode.policy ? closeCode.away : code, true));
  };
  const fault = (error: unknown): void => {
    if (over) return;
    if (error instanceof Refusal) {
      end(closeCode.policy);
      services.counts.refusals += 1;
      log.write({ event: "refused", ...line, code: error.code, reason: error.reason });
      return finish({ code: error.code });
    }
    end(error instanceof FrameError ? error.code : closeCode.away);
    finish({ code: "frames-malformed", reason: error instanceof FrameError ? error.message : "" });
  };
  const goodbye = (): void => {
    closes += 1;
    if (closes === 2) finish();
  };

  const out = createDirection({
    fromClient: true,
    to: upstream,
    filter: outgoing(permit, limits),
    onClose: goodbye,
  });
  const into = createDirection({
    fromClient: false,
    to: client,
    filter: incoming(permit),
    onClose: goodbye,
  });
  const take = (direction: typeof out, from: Socket, to: Socket, chunk: Buffer): void => {
    if (over) return;
    deadline = ticker.after(limits.idleMs);
    try {
      if (direction.push(chunk)) return;
      from.pause();
      to.once("drain", () => from.resume());
    } catch (error) {
      fault(error);
    }
  };
  const relay: WebSocketRelay = {
    serves: { authority: routed.authority, key: routed.key },
    leisure: "busy",
    sweep(ticks) {
      if (ticks < deadline) return;
      if (over) return relay.destroy();
      end(closeCode.away);
      finish({ code: "idle" });
    },
    retire() {
      end(closeCode.away);
      finish({ code: "retired" });
    },
    destroy() {
      client.destroy();
      upstream.destroy();
    },
  };

  const gone = (): void => {
    finish();
    if (client.destroyed && upstream.destroyed) closed(relay);
  };
  for (const socket of [client, upstream]) {
    socket.on("error", () => undefined);
    socket.on("end", () => finish());
    socket.on("close", gone);
  }
  log.write({ event: "upgrade", ...about, status: 101 });
  client.on("data", (chunk: Buffer) => take(out, client, upstream, chunk));
  upstream.on("data", (chunk: Buffer) => take(into, upstream, client, chunk));
  if (sockets.upstreamRest.length > 0) take(into, upstream, client, sockets.upstreamRest);
  if (sockets.clientRest.length > 0) take(out, client, upstream, sockets.clientRest);
  client.resume();
  upstream.resume();
  return relay;
}

/** Throws a Refusal for a value that may not leave. */
function outgoing({ looks }: Permit, limits: Limits): MessageFilter {
  const scan = createMessageScan(looks, limits);
  if (scan === undefined) return unchanged;
  return {
    push: (part) => scan.push(part),
    endMessage: () => scan.endMessage(),
    control(payload) {
      scan.check(payload);
      return payload;
    },
  };
}

function incoming({ bound }: Permit): MessageFilter {
  if (bound === undefined) return unchanged;
  const { scrubbers } = bound;
  let scrubber = scrubbers.open();
  return {
    push: (part) => scrubber.push(part),
    endMessage() {
      const rest = scrubber.flush();
      scrubber = scrubbers.open();
      return rest;
    },
    control(payload) {
      const one = scrubbers.open();
      return Buffer.concat([one.push(payload), one.flush()]);
    },
  };
}

const unchanged: MessageFilter = {
  push: (part) => part,
  endMessage: () => Buffer.alloc(0),
  control: (payload) => payload,
};

/** The supervisor's side of a gateway beside its bottle: keeps the connection, opens the gateway there, hears what it did. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Duplex } from "node:stream";
import { BottleError } from "../../errors/error.ts";
import type { AuditEvent, GatewayConfig } from "../../gateway/config.ts";
import { noTokens } from "../../gateway/tokens.ts";
import type { CertificateAuthority } from "../../gateway/tls/authority.ts";
import type { GatewayHost } from "../../lifecycle/backend.ts";
import type { LaunchOrder } from "../../lifecycle/control.ts";
import { deferred } from "../../lifecycle/deferred.ts";
import type { GatewayStats, HostedGatewayHandle } from "../../lifecycle/supervisor/deps.ts";
import { createCaller } from "../../wire/caller.ts";
import { openStreams } from "../../wire/streams.ts";
import type { WayBack } from "../../ports/way-back.ts";
import type { AtWork } from "../gateway.ts";
import { wrongClock } from "./at-work.ts";
import { answerQuestions } from "./near-engine.ts";
import { keepConnected } from "./connection.ts";
import { openFarWaysBack } from "./far-ways-back.ts";
import { channelStream } from "./messages.ts";
import type { FromProgram, ToProgram } from "./messages.ts";
import { readFromProgram } from "./read-message.ts";

export interface HostedGateway extends HostedGatewayHandle {
  readonly waysBack: WayBack;
  /** Tells it everything; resolves when it answers the bottle. Once. */
  open(opening: Opening): Promise<AtWork>;
}

export interface Opening {
  readonly order: LaunchOrder;
  readonly seed: Buffer;
  readonly config: GatewayConfig;
  readonly ca: Pick<CertificateAuthority, "keep">;
  readonly write: (event: AuditEvent) => void;
  /** For the owner, in the audit log. */
  readonly note: (code: string, reason: string) => void;
}

export interface HostedOptions {
  readonly host: GatewayHost;
  /** Milliseconds without a connection after which there is no hope; the gateway ends itself by the same time. */
  readonly ttl: number;
}

/** Bytes of a line: pieces of streams are the longest. */
const maxLine = 256 * 1024;
/** Milliseconds between two questions whether it is there. */
const pace = 5_000;
/** Milliseconds that clocks may be apart: certificates are good from an hour before they are made. */
const apart = 30 * 60_000;
/** Milliseconds out of reach that are worth a line in the audit log. */
const worthALine = 1_000;
/** Milliseconds for its last words. */
const lastWords = 10_000;

export function openHosted({ host, ttl }: HostedOptions): HostedGateway {
  const lost = deferred<BottleError>();
  const opened = deferred<void>();
  const closed = deferred<void>();
  const over = new AbortController();
  let opening: Opening | undefined;
  let cutAt = 0;
  /** It was told to close: its end is no loss. */
  let ending = false;
  let stats: Omit<GatewayStats, "audit"> = {
    requests: 0,
    refusals: 0,
    tokens: noTokens(),
    firstInjectedAt: undefined,
  };

  const lose = (why: string): void => {
    closed.resolve();
    if (ending || over.signal.aborted) return;
    over.abort();
    const error = new BottleError({
      code: "E_GATEWAY_LOST",
      what: "The gateway beside the bottle is gone, and with it the bottle's only way out.",
      why,
      next: "The workspace is kept: go on with `bottle resume`.",
    });
    lost.resolve(error);
    opened.reject(error);
    // After that, so that whoever sees them end finds the reason.
    setImmediate(() => streams.close());
  };
  const hear = (message: FromProgram): void => {
    switch (message.type) {
      case "opened": {
        const minutes = Math.round(Math.abs(message.at - Date.now()) / 60_000);
        if (minutes * 60_000 > apart) opened.reject(wrongClock(minutes));
        else opened.resolve();
        return;
      }
      case "failed":
        return opened.reject(new BottleError(message.error));
      case "not-replaced":
        return opening?.note("secret-not-renewed", `the old secrets stay: ${message.why}`);
      case "audit":
        return opening?.write(message.event);
      case "stats":
        stats = message.stats;
        return;
      case "ask":
        return answer(message);
      case "came":
        return ways.came(message.stream);
      case "missed":
        return ways.missed(message.stream);
      case "closed":
        return closed.resolve();
    }
  };
  const changed = (connected: boolean): void => {
    if (!connected) cutAt = performance.now();
    const ms = performance.now() - cutAt;
    if (!connected || cutAt === 0 || ms < worthALine) return;
    const reason = `it was out of reach for ${Math.round(ms / 1000)} seconds, in which the agent worked on`;
    opening?.note("gateway-cut-off", reason);
  };
  const caller = createCaller({
    changed,
    maxLine,
    pace: Math.min(pace, ttl / 4),
    message(value) {
      if (streams.hear(value)) return;
      const message = readFromProgram(value);
      if (message === undefined) lose("It said what no gateway says.");
      else hear(message);
    },
  });
  const send = (message: ToProgram): void => void caller.send(message);
  const answer = answerQuestions(() => opening?.config.engine, send);
  const streams = openStreams((message) => caller.send(message));
  const control: Duplex = streams.open(channelStream, false);
  const ways = openFarWaysBack({
    send,
    open: (stream) => streams.open(stream, true),
    refuse: (stream) => streams.refuse(stream),
    connected: () => caller.connected,
  });
  const connecting = keepConnected({ host, caller, ttl, signal: over.signal });
  void connecting.then((why) => {
    if (why !== undefined) lose(why);
  });
  void host.exited.then(lose);

  const work: AtWork = {
    // It listens where its address is.
    listen: () => Promise.resolve(),
    stats: () => stats,
    replace: (_credentials, secrets, why) => send({ type: "secrets", secrets, why }),
    async [Symbol.asyncDispose]() {
      if (ending || over.signal.aborted) return;
      ending = true;
      send({ type: "close" });
      const late = new AbortController();
      await Promise.race([
        closed.promise,
        sleep(lastWords, undefined, { signal: late.signal }).catch(() => undefined),
      ]);
      late.abort();
    },
  };

  return {
    control,
    waysBack: ways,
    lost: lost.promise,
    get cutOff() {
      return !caller.connected && !over.signal.aborted;
    },
    async open(told) {
      opening = told;
      const { credentials: _compiled, engine, ...config } = told.config;
      send({
        type: "open",
        material: {
          config,
          ...(engine !== undefined && {
            engine: { name: engine.name, readsConversation: engine.readsConversation },
          }),
          credentials: told.order.plan.credentials,
          secrets: told.order.secrets,
          seed: told.seed.toString("base64"),
          authority: told.ca.keep(),
        },
      });
      await opened.promise;
      return work;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      streams.close();
      await host[Symbol.asyncDispose]();
      await connecting;
    },
  };
}

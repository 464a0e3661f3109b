/** The gateway: holds secrets and policy, and is the bottle's only peer. Assembles the stages and listens. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { ResolvedAddress } from "./address.ts";
import { createAuditLog } from "./audit-log.ts";
import { bindCredentials } from "./bound-credentials.ts";
import type { AuditEvent, GatewayConfig } from "./config.ts";
import { Connection } from "./connection.ts";
import type { Door } from "./doors/door.ts";
import { createEntryDoor } from "./doors/entry-door.ts";
import { createRouteDoor } from "./doors/route-door.ts";
import { createTunnelDoor } from "./doors/tunnel-door.ts";
import { serveH2 } from "./h2/session.ts";
import type { H2Connection } from "./h2/session.ts";
import { createHoldBudget } from "./hold.ts";
import { defaultLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { createPipeline } from "./pipeline.ts";
import { createPolicy } from "./policy.ts";
import type { Counts, Services } from "./services.ts";
import { startTicker } from "./ticker.ts";
import { noTokens } from "./tokens.ts";
import type { TokenCounts } from "./tokens.ts";
import { openTunnel } from "./tunnel.ts";
import type { Handshake } from "./tunnel.ts";
import { createTrust } from "./upstream/dial.ts";
import { createH2Sessions } from "./upstream/h2/h2-sessions.ts";
import { createOpener } from "./upstream/opener.ts";
import { createPool } from "./upstream/pool.ts";
import { createProxyDialer } from "./upstream/proxy.ts";
import { createResolver } from "./upstream/resolve.ts";

export interface GatewayDeps {
  /** Milliseconds since the epoch. */
  now(): number;
  resolve(host: string): Promise<readonly ResolvedAddress[]>;
  readonly ca: { contextFor(host: string): SecureContext };
  audit(event: AuditEvent): void;
  /** Where the bottle finds the route door; port 0: the port that `listen` gets. */
  readonly door: { readonly host: string; readonly port: number };
  readonly limits?: Partial<Limits>;
}

export interface GatewayStats {
  readonly requests: number;
  readonly refusals: number;
  /** Requests that are being answered. */
  readonly active: number;
  /** Milliseconds since the epoch. */
  readonly firstRequestAt: number | undefined;
  readonly firstInjectedAt: number | undefined;
  /** As the models' answers tell. */
  readonly tokens: Readonly<TokenCounts>;
}

export type ListenTarget =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

export interface Gateway extends AsyncDisposable {
  /** May be called once for each place to listen at. */
  listen(target: ListenTarget): Promise<ListenTarget>;
  stats(): GatewayStats;
}

export function createGateway(config: GatewayConfig, deps: GatewayDeps): Gateway {
  const limits: Limits = { ...defaultLimits, ...deps.limits };
  const live = new Set<Connection | Handshake | H2Connection>();
  const servers = new Set<Server>();
  const doorNames = new Set<string>();
  /** Trust takes 40 ms to make: in the pause before the agent's first request, and not during it. */
  let warm: NodeJS.Timeout | undefined;
  const counts: Counts = {
    requests: 0,
    refusals: 0,
    active: 0,
    firstRequestAt: undefined,
    firstInjectedAt: undefined,
    tokens: noTokens(),
  };
  const ticker = startTicker(limits.tickMs, (ticks) => {
    for (const one of live) one.sweep(ticks);
    pool.sweep();
    sessions.sweep();
  });
  const pool = createPool(limits, () => deps.now());
  const sessions = createH2Sessions();
  const credentials = bindCredentials(config);
  const trust = createTrust(config.extraCa);
  const resolve = (host: string): Promise<readonly ResolvedAddress[]> => deps.resolve(host);
  const { upstreamProxy: proxy, extraCa } = config;
  const services: Services = {
    now: () => deps.now(),
    limits,
    ticker,
    budget: createHoldBudget(limits.heldTogether),
    streams: createHoldBudget(limits.streamsTogether),
    pipeline: createPipeline({
      policy: createPolicy(config.allow, config.deny),
      credentials,
      openPolicy: config.breakBoundary === "gateway-policy",
    }),
    opener: createOpener({
      pool,
      sessions,
      now: () => deps.now(),
      addresses: createResolver({
        resolve,
        timeoutMs: limits.dialMs,
        anyAddress: config.breakBoundary === "gateway-address",
      }),
      trust,
      limits,
      throughProxy:
        proxy === null ? undefined : createProxyDialer({ proxy, resolve, extraCa, trust, limits }),
    }),
    pool,
    log: createAuditLog({
      now: () => deps.now(),
      audit: (event) => deps.audit(event),
      scanner: credentials.everything,
    }),
    counts,
    everything: credentials.everything,
    contextFor: (host) => deps.ca.contextFor(host),
    speaksH2: (key) => sessions.learnt(key),
    anyName: config.breakBoundary === "gateway-authority",
  };
  const entryDoor = createEntryDoor(createRouteDoor(doorNames, config.credentials));

  const serve = (socket: Socket, door: Door): void => {
    const connection = new Connection({
      socket,
      door,
      services,
      closed: (one) => live.delete(one),
      tunnel: (granted) => {
        const { authority, key, permit } = granted;
        const { anyName } = services;
        services.log.write({ event: "connect", door: "proxy", authority, status: 200 });
        const ready = (inner: TLSSocket, sni: string | undefined): void => {
          const door = createTunnelDoor({ authority, key, sni, h2: permit.h2, anyName });
          if (inner.alpnProtocol !== "h2") return serve(inner, door);
          const closed = (one: H2Connection): void => void live.delete(one);
          live.add(serveH2({ socket: inner, door, services, closed }));
        };
        openTunnel({ ...granted, services, ready }, live);
      },
    });
    live.add(connection);
  };

  const listen = async (target: ListenTarget): Promise<ListenTarget> => {
    const server = createServer({ noDelay: true }, (socket) => serve(socket, entryDoor));
    server.maxConnections = limits.connections;
    servers.add(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(
        "path" in target ? { path: target.path } : { host: target.host, port: target.port },
        () => {
          server.off("error", reject);
          // Too many open files, for instance: that connection is lost, and no other.
          server.on("error", (error) =>
            services.log.write({ event: "error", code: "accept-failed", reason: error.message }),
          );
          resolve();
        },
      );
    });
    const bound = server.address() as AddressInfo | string;
    nameDoor(doorNames, deps.door, typeof bound === "string" ? undefined : bound.port);
    if (servers.size === 1) warm = setTimeout(trust, 200).unref();
    return typeof bound === "string" ? { path: bound } : { host: bound.address, port: bound.port };
  };

  return {
    listen,
    stats: () => ({ ...counts, tokens: { ...counts.tokens } }),
    async [Symbol.asyncDispose]() {
      ticker.stop();
      clearTimeout(warm);
      const closing = [...servers].map(
        (server) => new Promise<void>((resolve) => server.close(() => resolve())),
      );
      for (const one of live) one.destroy();
      pool.close();
      sessions.close();
      await Promise.all(closing);
    },
  };
}

/** The door's own names: as it was given, and `localhost` for the loopback address. */
function nameDoor(names: Set<string>, door: GatewayDeps["door"], bound: number | undefined): void {
  const port = door.port === 0 ? bound : door.port;
  if (port === undefined) return;
  const host = door.host.includes(":") ? `[${door.host}]` : door.host;
  names.add(`${host}:${port}`);
  if (door.host === "127.0.0.1" || door.host === "::1") names.add(`localhost:${port}`);
}

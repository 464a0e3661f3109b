/** The gateway: holds secrets and policy, and is the bottle's only peer. Assembles the stages and listens. */
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import type { ResolvedAddress } from "./address.ts";
import { createAuditLog } from "./audit-log.ts";
import { authorityOfKey } from "./authority.ts";
import type { AuditEvent, GatewayConfig } from "./config.ts";
import { makeRoom } from "./crowd.ts";
import { createClientDoor } from "./doors/client-door.ts";
import type { Door } from "./doors/door.ts";
import { createFront } from "./front.ts";
import type { Live } from "./front.ts";
import { openEngineDesk } from "./engine/desk.ts";
import { createHoldBudget } from "./hold.ts";
import { createLasting } from "./lasting.ts";
import { defaultLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { createPaces } from "./pace.ts";
import { checkReplacement } from "./replacement.ts";
import { nothingRetired, retire } from "./retired.ts";
import { compileRules } from "./rules.ts";
import type { Scanner } from "./scan.ts";
import type { Counts, Services } from "./services.ts";
import { startTicker } from "./ticker.ts";
import { noTokens } from "./tokens.ts";
import type { TokenCounts } from "./tokens.ts";
import type { CertificateAuthority } from "./tls/authority.ts";
import { createTurns } from "./turns.ts";
import { refusingAll } from "./unrecorded.ts";
import { warmTables } from "./warm-tables.ts";
import { createH2Sessions } from "./upstream/h2/h2-sessions.ts";
import { createLookups } from "./upstream/lookups.ts";
import { createOpener } from "./upstream/opener.ts";
import { createPool } from "./upstream/pool.ts";
import { createProxyDialer } from "./upstream/proxy.ts";
import { createResolver } from "./upstream/resolve.ts";
import { createTrust } from "./upstream/trust.ts";
import type { Trust } from "./upstream/trust.ts";

export interface GatewayDeps {
  /** Milliseconds since the epoch. */
  now(): number;
  resolve(host: string): Promise<readonly ResolvedAddress[]>;
  readonly ca: Pick<CertificateAuthority, "contextFor" | "knows" | "speaksFor">;
  audit(event: AuditEvent): void;
  /** False: no more can be written down now, and no request passes. Absent: it always can. */
  readonly writable?: () => boolean;
  /** Where the bottle finds the route door; port 0: the port that `listen` gets. */
  readonly door: { readonly host: string; readonly port: number };
  /**
   * Where others than one bottle could reach the doors: what their client shows at the proxy door; the placeholder of a credential
   * serves as well.
   */
  readonly ownPlaceholder?: string;
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
  /**
   * Puts other rules in force, at once and whole: requests in flight end under the old ones, connections live on, but those
   * to an authority that is removed, or that lost a credential, end. Throws, and keeps the old rules, where it would need another
   * certificate authority or way out. `why` is for the audit log.
   */
  replace(next: GatewayConfig, why?: string): Replaced;
  /** Takes no more connections or requests, waits so long for those in flight, then closes. */
  drain(ms: number): Promise<void>;
}

const none: readonly string[] = [];

export interface Replaced {
  /** Tunnels and other connections that were told to end. */
  readonly ended: number;
}

export function createGateway(config: GatewayConfig, deps: GatewayDeps): Gateway {
  const limits: Limits = { ...defaultLimits, ...deps.limits };
  const live = new Set<Live>();
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
    paces.sweep(ticks);
    lasting.sweep(ticks);
    pool.sweep();
    sessions.sweep();
  });
  const paces = createPaces(limits, () => ticker);
  let retired = nothingRetired;
  let rules = compileRules(config, retired, doorNames);
  const lasting = createLasting({
    rules: () => rules,
    ticker: () => ticker,
    graceMs: limits.graceMs,
  });
  // Before the first replacement whatever was dialled is allowed still.
  const allowed = (key: string): boolean =>
    rules.config === config || rules.pipeline.allowsName(authorityOfKey(key), key);
  const pool = createPool(limits, () => deps.now(), allowed);
  const sessions = createH2Sessions(allowed);
  const revocations = (): readonly string[] => rules.config.crl ?? none;
  const trustWith = (...ca: readonly string[]): Trust =>
    createTrust([...config.extraCa, ...ca], revocations, () => deps.now());
  const trust = trustWith();
  const resolve = createLookups({
    resolve: (host) => deps.resolve(host),
    timeoutMs: limits.dialMs,
  });
  const { upstreamProxy: proxy } = config;
  const everything: Scanner = {
    find: (data) => rules.everything.find(data),
    stream: () => rules.everything.stream(),
  };
  const services: Services = {
    now: () => deps.now(),
    limits,
    ticker,
    budget: createHoldBudget(limits.heldTogether),
    paces,
    engine: openEngineDesk(config.engine),
    streams: createHoldBudget(limits.streamsTogether),
    get pipeline() {
      return deps.writable?.() === false ? refusingAll(rules.pipeline) : rules.pipeline;
    },
    opener: createOpener({
      pool,
      sessions,
      now: () => deps.now(),
      addresses: createResolver({
        resolve,
        anyAddress: config.breakBoundary === "gateway-address",
      }),
      trust,
      limits,
      checkedWith: revocations,
      throughProxy:
        proxy === null
          ? undefined
          : createProxyDialer({ proxy, resolve, trust, trustWith, limits }),
    }),
    pool,
    log: createAuditLog({
      now: () => deps.now(),
      audit: (event) => deps.audit(event),
      scanner: everything,
    }),
    counts,
    lasting,
    everything,
    contextFor: (host) => deps.ca.contextFor(host),
    speaksH2: (key) => sessions.learnt(key),
    knowsContext: (host) => deps.ca.knows(host),
    turns: createTurns(),
    anyName: config.breakBoundary === "gateway-authority",
  };
  const { ownPlaceholder } = deps;
  const anyone: Door = { route: (head) => rules.entryDoor.route(head) };
  const entryDoor =
    ownPlaceholder === undefined
      ? anyone
      : createClientDoor(anyone, () => [
          ownPlaceholder,
          ...rules.config.credentials.map(({ placeholder }) => placeholder),
        ]);

  const serve = createFront(services, live);

  const listen = async (target: ListenTarget): Promise<ListenTarget> => {
    const server = createServer({ noDelay: true }, (socket) => {
      if (live.size < limits.connections || makeRoom(live)) serve(socket, entryDoor);
      else socket.destroy();
    });
    servers.add(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(
        // A burst waits to be taken: beyond the backlog the kernel turns connections away (listen(2)).
        { ...target, backlog: limits.connections },
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
    if (servers.size === 1) {
      // The proof's own requests need the tables; while the bottle's processes load, nothing else is done here.
      warm = setTimeout(() => {
        rules.everything.find("");
        warmTables(limits);
        warm = setTimeout(() => void trust.context(), 200).unref();
      }, 0).unref();
    }
    return typeof bound === "string" ? { path: bound } : { host: bound.address, port: bound.port };
  };

  /** Resolves when no connection is left. */
  const stopListening = (): Promise<unknown> =>
    Promise.all(
      [...servers].map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  const close = async (): Promise<void> => {
    ticker.stop();
    clearTimeout(warm);
    const closing = stopListening();
    for (const one of live) one.destroy();
    lasting.close();
    pool.close();
    sessions.close();
    await closing;
    services.log.close();
  };

  return {
    listen,
    stats: () => ({ ...counts, tokens: { ...counts.tokens } }),
    replace(next, why) {
      checkReplacement(rules.config, next, deps.ca);
      const before = rules;
      const nowRetired = retire(retired, before.config, next);
      rules = compileRules(next, nowRetired, doorNames);
      retired = nowRetired;
      const ended = lasting.replaced(before, rules);
      if (before.config.crl === next.crl) {
        pool.drop();
        sessions.drop();
      } else {
        pool.close();
        sessions.retireAll();
      }
      services.log.write({ event: "note", code: "rules-replaced", reason: why });
      return { ended };
    },
    async drain(ms) {
      const gone = stopListening();
      for (const one of live) {
        if ("retire" in one) one.retire();
        else one.destroy();
      }
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([gone, late]);
      clearTimeout(timer);
      await close();
    },
    [Symbol.asyncDispose]: close,
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

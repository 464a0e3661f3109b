/** Opens upstream connections: one that stands, or a new one, to a checked address or through the owner's proxy. */
import type { Socket } from "node:net";
import type { ResolvedAddress } from "../address.ts";
import { isAddressLiteral } from "../authority.ts";
import type { Authority } from "../config.ts";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { choseH2, dial } from "./dial.ts";
import { H2Session } from "./h2/h2-session.ts";
import type { H2Sessions } from "./h2/h2-sessions.ts";
import type { Pool } from "./pool.ts";
import { staysHere } from "./stays-here.ts";
import type { Trust } from "./trust.ts";
import { unreachable } from "./unreachable.ts";
import { Upstream } from "./upstream.ts";
import type { UpstreamSide } from "./upstream-side.ts";

export interface Opener {
  /**
   * At once if a connection stands; a promise, which may reject with a Refusal, if one must be made. `h2`: the request came by
   * HTTP/2, or its rule says that the host speaks it.
   */
  open(authority: Authority, key: string, h2: boolean): UpstreamSide | Promise<UpstreamSide>;
  /** A connection of its own that speaks HTTP/1.1, for what leaves HTTP behind. */
  openFresh(authority: Authority, key: string): Promise<Upstream>;
  /** A connection for bytes that nobody here reads: no TLS of ours. */
  openBare(authority: Authority): Promise<Socket>;
}

export interface OpenerOptions {
  readonly pool: Pool;
  readonly sessions: H2Sessions;
  readonly addresses: (authority: Authority) => Promise<readonly ResolvedAddress[]>;
  readonly trust: Trust;
  readonly limits: Limits;
  readonly now: () => number;
  /** What certificates were checked with; who was checked with something else serves no further request. */
  readonly checkedWith: () => unknown;
  /** Where there is one, it is the only way to another machine. */
  readonly throughProxy: ((authority: Authority, h2: boolean) => Promise<Socket>) | undefined;
}

interface Reached {
  readonly socket: Socket;
  /** Undefined through a proxy. */
  readonly address: string | undefined;
}

export function createOpener(options: OpenerOptions): Opener {
  const { pool, sessions, addresses, trust, limits, throughProxy, now, checkedWith } = options;
  const keepIf =
    (before: unknown) =>
    (upstream: Upstream): void =>
      checkedWith() === before ? pool.put(upstream) : upstream.destroy();
  /** Connections that are being made and may turn out to take many requests. */
  const making = new Map<string, Promise<unknown>>();

  const fresh = async (authority: Authority, key: string): Promise<readonly ResolvedAddress[]> => {
    try {
      const found = await addresses(authority);
      const leads = new Set(found.map(({ address }) => address));
      // What the name does not lead to any more is not used any more either.
      pool.retain(key, leads);
      sessions.retain(key, leads);
      return found;
    } catch (error) {
      if (error instanceof Refusal && error.code === "address-not-allowed") {
        pool.retain(key, new Set());
        sessions.retain(key, new Set());
      }
      throw error;
    }
  };
  const reach = async (authority: Authority, key: string, h2: boolean): Promise<Reached> => {
    const stays = throughProxy === undefined || staysHere(authority.host);
    if (!stays) return { socket: await throughProxy(authority, h2), address: undefined };
    const candidates = await fresh(authority, key);
    // Such a name with a public address would be a way around the proxy.
    if (throughProxy !== undefined && !isThisMachine(authority.host)) throw notThisMachine();
    let reason = "";
    for (const address of candidates) {
      try {
        const timeoutMs = candidates.length === 1 ? limits.dialMs : limits.dialMs / 2;
        // One after the other: the first that answers is taken, in the order the resolver gave.
        const socket = await dial({ authority, address, trust, timeoutMs, h2 });
        if (!socket.destroyed) return { socket, address: address.address };
        reason = "it closed the connection";
      } catch (error) {
        reason = error instanceof Error ? error.message : "the connection failed";
      }
    }
    throw unreachable(reason);
  };
  const single = (reached: Reached, key: string, before: unknown): Upstream => {
    const endsAt = now() + limits.upstreamLifeMs;
    return new Upstream({ key, ...reached, limits, keep: keepIf(before), endsAt });
  };
  const made = async (authority: Authority, key: string, h2: boolean): Promise<UpstreamSide> => {
    const before = checkedWith();
    const reached = await reach(authority, key, h2);
    if (h2) sessions.learn(key, choseH2(reached.socket));
    if (!choseH2(reached.socket)) return single(reached, key, before);
    const session = new H2Session({
      key,
      ...reached,
      limits,
      now,
      retired: (one) => sessions.retire(one),
      closed: (one) => sessions.remove(one),
    });
    sessions.put(session);
    const stream = session.open();
    if (checkedWith() !== before) session.retire();
    return stream;
  };
  /** One is made while the others wait: if it speaks HTTP/2, they need none of their own. */
  const together = async (authority: Authority, key: string): Promise<UpstreamSide> => {
    const before = making.get(key);
    if (before !== undefined) {
      await before.catch(() => undefined);
      const standing = sessions.take(key) ?? pool.take(key);
      if (standing !== undefined) return standing;
      // A flood of streams must not become a flood of connections.
      return sessions.learnt(key) ? together(authority, key) : made(authority, key, true);
    }
    const work = made(authority, key, true);
    making.set(key, work);
    try {
      return await work;
    } finally {
      making.delete(key);
    }
  };
  return {
    open(authority, key, h2) {
      if (!h2 || authority.scheme === "http") return pool.take(key) ?? made(authority, key, false);
      return sessions.take(key) ?? pool.take(key) ?? together(authority, key);
    },
    openFresh: async (authority, key) => {
      const before = checkedWith();
      return single(await reach(authority, key, false), key, before);
    },
    openBare: async (authority) =>
      (await reach({ ...authority, scheme: "http" }, "", false)).socket,
  };
}

/** What `mayDial` lets lead to this machine and nowhere else. */
function isThisMachine(host: string): boolean {
  return host === "localhost" || isAddressLiteral(host);
}

function notThisMachine(): Refusal {
  return new Refusal("address-not-allowed", "The host is a name for this machine alone.", {
    reason: "names below .localhost and .invalid are never asked of a proxy",
  });
}

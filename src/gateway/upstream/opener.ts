/** Opens upstream connections: one that waits, or a new one, to a checked address or through the owner's proxy. */
import type { Socket } from "node:net";
import type { ResolvedAddress } from "../address.ts";
import { isAddressLiteral } from "../authority.ts";
import type { Authority } from "../config.ts";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { dial } from "./dial.ts";
import type { Pool } from "./pool.ts";
import { staysHere } from "./stays-here.ts";
import type { Trust } from "./trust.ts";
import { unreachable } from "./unreachable.ts";
import { Upstream } from "./upstream.ts";
import type { UpstreamSide } from "./upstream-side.ts";

export interface Opener {
  /** At once if a connection waits; a promise, which may reject with a Refusal, if one must be made. */
  open(authority: Authority, key: string): UpstreamSide | Promise<UpstreamSide>;
}

export interface OpenerOptions {
  readonly pool: Pool;
  readonly addresses: (authority: Authority) => Promise<readonly ResolvedAddress[]>;
  readonly trust: Trust;
  readonly limits: Limits;
  /** What certificates were checked with; who was checked with something else serves no further request. */
  readonly checkedWith: () => unknown;
  /** Where there is one, it is the only way to another machine. */
  readonly throughProxy: ((authority: Authority) => Promise<Socket>) | undefined;
}

export function createOpener(options: OpenerOptions): Opener {
  const { pool, addresses, trust, limits, checkedWith, throughProxy } = options;
  const make = async (authority: Authority, key: string): Promise<UpstreamSide> => {
    const before = checkedWith();
    const keep = (upstream: Upstream): void =>
      checkedWith() === before ? pool.put(upstream) : upstream.destroy();
    const stays = throughProxy === undefined || staysHere(authority.host);
    if (!stays) return new Upstream(key, await throughProxy(authority), limits, keep);
    const candidates = await addresses(authority);
    // Such a name with a public address would be a way around the proxy.
    if (throughProxy !== undefined && !isThisMachine(authority.host)) throw notThisMachine();
    let reason = "";
    for (const address of candidates) {
      try {
        const timeoutMs = candidates.length === 1 ? limits.dialMs : limits.dialMs / 2;
        // One after the other: the first that answers is taken, in the order the resolver gave.
        const socket = await dial({ authority, address, trust, timeoutMs });
        if (!socket.destroyed) return new Upstream(key, socket, limits, keep);
        reason = "it closed the connection";
      } catch (error) {
        reason = error instanceof Error ? error.message : "the connection failed";
      }
    }
    throw unreachable(reason);
  };
  return { open: (authority, key) => pool.take(key) ?? make(authority, key) };
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

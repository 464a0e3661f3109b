/** Upstream connections that wait for their next request, by authority: each was dialled to an address that was checked. */
import type { Limits } from "../limits.ts";
import type { Upstream } from "./upstream.ts";

export interface Pool {
  /** The connection used last, if one waits. */
  take(key: string): Upstream | undefined;
  put(upstream: Upstream): void;
  /** A name was resolved anew: connections to other addresses wait no longer, nor do those that are in use now. */
  retain(key: string, addresses: ReadonlySet<string>): void;
  /** Ends those that waited too long. */
  sweep(): void;
  /** Ends those that wait for authorities which may not be asked any more. */
  drop(): void;
  close(): void;
}

interface Waiting {
  readonly upstream: Upstream;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Authorities whose addresses are remembered; an agent below a wildcard could make up any number. */
const mostKnown = 4096;

/** `allowed`: whether the rules in force let anybody ask an authority, by its key. */
export function createPool(
  limits: Limits,
  now: () => number,
  allowed: (key: string) => boolean,
): Pool {
  const waiting = new Map<string, Waiting[]>();
  /** The newest addresses of authorities. */
  const latest = new Map<string, ReadonlySet<string>>();
  let count = 0;

  const isStale = ({ key, address }: Upstream): boolean =>
    address !== undefined && latest.get(key)?.has(address) === false;

  const remove = (upstream: Upstream): void => {
    const list = waiting.get(upstream.key);
    const index = list?.findIndex((one) => one.upstream === upstream) ?? -1;
    if (list === undefined || index < 0) return;
    list.splice(index, 1);
    count -= 1;
  };
  const everyone = (): Waiting[] => [...waiting.values()].flat();

  return {
    take(key) {
      const list = waiting.get(key);
      for (;;) {
        const last = list?.pop();
        if (last === undefined) return undefined;
        count -= 1;
        const { upstream, until } = last;
        if (upstream.usable && now() < until) return upstream;
        upstream.destroy();
      }
    },
    put(upstream) {
      const time = now();
      const full = count >= limits.idleUpstreams;
      if (
        full ||
        !upstream.usable ||
        time >= upstream.endsAt ||
        isStale(upstream) ||
        !allowed(upstream.key)
      )
        return upstream.destroy();
      const idleMs = Math.min(limits.upstreamIdleMs, upstream.patienceMs);
      const one = { upstream, until: time + idleMs };
      const list = waiting.get(upstream.key);
      if (list === undefined) waiting.set(upstream.key, [one]);
      else list.push(one);
      count += 1;
      upstream.wait(remove);
    },
    retain(key, addresses) {
      latest.delete(key);
      latest.set(key, addresses);
      if (latest.size > mostKnown) {
        const [oldest] = latest.keys();
        if (oldest !== undefined) latest.delete(oldest);
      }
      for (const { upstream } of [...(waiting.get(key) ?? [])])
        if (isStale(upstream)) upstream.destroyIdle();
    },
    sweep() {
      const time = now();
      for (const { upstream, until } of everyone()) if (time >= until) upstream.destroyIdle();
      // Not with its last one: the next request brings that back.
      for (const [key, list] of waiting) if (list.length === 0) waiting.delete(key);
    },
    drop() {
      for (const { upstream } of everyone()) if (!allowed(upstream.key)) upstream.destroyIdle();
    },
    close() {
      for (const { upstream } of everyone()) upstream.destroyIdle();
    },
  };
}

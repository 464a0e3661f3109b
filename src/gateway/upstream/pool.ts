/** Upstream connections that wait for their next request, by authority: each was dialled to an address that was checked. */
import type { Limits } from "../limits.ts";
import type { Ticker } from "../ticker.ts";
import type { Upstream } from "./upstream.ts";

export interface Pool {
  /** The connection used last, if one waits. */
  take(key: string): Upstream | undefined;
  put(upstream: Upstream): void;
  /** Ends those that waited too long. */
  sweep(ticks: number): void;
  close(): void;
}

interface Waiting {
  readonly upstream: Upstream;
  readonly until: number;
}

export function createPool(limits: Limits, ticker: Ticker): Pool {
  const waiting = new Map<string, Waiting[]>();
  let count = 0;

  const remove = (upstream: Upstream): void => {
    const list = waiting.get(upstream.key);
    const index = list?.findIndex((one) => one.upstream === upstream) ?? -1;
    if (list === undefined || index < 0) return;
    list.splice(index, 1);
    count -= 1;
    if (list.length === 0) waiting.delete(upstream.key);
  };
  const everyone = (): Waiting[] => [...waiting.values()].flat();

  return {
    take(key) {
      for (;;) {
        const upstream = waiting.get(key)?.at(-1)?.upstream;
        if (upstream === undefined) return undefined;
        remove(upstream);
        if (upstream.usable) return upstream;
        upstream.destroy();
      }
    },
    put(upstream) {
      if (count >= limits.idleUpstreams || !upstream.usable) return upstream.destroy();
      const one = { upstream, until: ticker.after(limits.upstreamIdleMs) };
      const list = waiting.get(upstream.key);
      if (list === undefined) waiting.set(upstream.key, [one]);
      else list.push(one);
      count += 1;
      upstream.rest(() => remove(upstream));
    },
    sweep(ticks) {
      for (const { upstream, until } of everyone()) if (ticks >= until) upstream.destroyIdle();
    },
    close() {
      for (const { upstream } of everyone()) upstream.destroyIdle();
    },
  };
}

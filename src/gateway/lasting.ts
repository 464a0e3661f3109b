/** What outlives the rules it was opened under: tunnels, connections with a request in flight, WebSockets. */
import type { Authority } from "./config.ts";
import type { Rules } from "./rules.ts";
import type { Ticker } from "./ticker.ts";

/** For whom something is open. */
export interface Served {
  readonly authority: Authority;
  /** From `authorityKey`. */
  readonly key: string;
}

/** One of them. The rules were replaced: where its authority or a credential of it is gone, it is told to end. */
export interface Lasting {
  /** Undefined while it serves nobody. */
  serves(): Served | undefined;
  /** Whether the new rules still let it go on, where its authority and credentials stand; absent: they do. */
  recheck?(rules: Rules): boolean;
  /** Begins nothing more. A request in flight may be finished; what is no request ends at once. */
  retire(): void;
  /** Its time is up. */
  destroy(): void;
}

export interface LastingConnections {
  /** The answer takes it out again. One that was granted under rules that are gone is retired at once. */
  add(one: Lasting): () => void;
  /** How many were told to end. */
  replaced(before: Rules, after: Rules): number;
  /** Ends those whose time is up. */
  sweep(ticks: number): void;
  close(): void;
}

export interface LastingOptions {
  rules(): Rules;
  readonly ticker: () => Ticker;
  /** Milliseconds for what was in flight: an upload to a host that was removed must not go on for ever. */
  readonly graceMs: number;
}

export function createLasting(options: LastingOptions): LastingConnections {
  const open = new Set<Lasting>();
  const ending = new Map<Lasting, number>();
  const retire = (one: Lasting): void => {
    ending.set(one, options.ticker().after(options.graceMs));
    one.retire();
  };
  const stands = (one: Lasting, before: Rules, after: Rules): boolean => {
    const served = one.serves();
    if (served === undefined) return true;
    const { authority, key } = served;
    const kept = new Set(after.credentialNames(key));
    return (
      after.pipeline.allowsName(authority, key) &&
      before.credentialNames(key).every((name) => kept.has(name)) &&
      one.recheck?.(after) !== false
    );
  };
  return {
    add(one) {
      open.add(one);
      const rules = options.rules();
      if (!stands(one, rules, rules)) retire(one);
      return () => {
        open.delete(one);
        ending.delete(one);
      };
    },
    replaced(before, after) {
      const gone = [...open].filter((one) => !ending.has(one) && !stands(one, before, after));
      for (const one of gone) retire(one);
      return gone.length;
    },
    sweep(ticks) {
      for (const [one, until] of ending) if (ticks >= until) one.destroy();
    },
    close() {
      for (const one of open) one.destroy();
    },
  };
}

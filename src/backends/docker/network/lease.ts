/** A bottle's networks for both who are on them: the first one makes them, the last one takes them away. */
import type { BottleNetworks, NetworksWanted } from "./networks.ts";

export interface LeasedNetworks extends BottleNetworks {
  /** Resolves when the daemon's machine is deaf to the bottle's bridge: before that, nothing of the bottle may run. */
  readonly deaf: Promise<void>;
}

export interface NetworkLease {
  readonly made: Promise<LeasedNetworks>;
  /** A second call does nothing. */
  release(): Promise<void>;
}

interface Held {
  readonly made: Promise<LeasedNetworks>;
  holders: number;
}

/** `remove` takes back whatever `make` did, also where it failed half-way. */
export function createLeases(
  make: (wanted: NetworksWanted) => Promise<LeasedNetworks>,
  remove: (id: string) => Promise<void>,
): (wanted: NetworksWanted) => NetworkLease {
  const all = new Map<string, Held>();
  return (wanted) => {
    const { id } = wanted;
    const held = all.get(id) ?? { made: make(wanted), holders: 0 };
    // Told to whoever waits for it.
    held.made.catch(() => undefined);
    held.holders += 1;
    all.set(id, held);
    let released = false;
    return {
      made: held.made,
      async release() {
        if (released) return;
        released = true;
        held.holders -= 1;
        if (held.holders > 0) return;
        all.delete(id);
        await held.made.catch(() => undefined);
        await remove(id);
      },
    };
  };
}

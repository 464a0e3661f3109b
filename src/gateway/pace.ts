/**
 * Held bodies and how fast they come: all share one room, and whoever sends a byte now and then would keep a part of it
 * from everybody else.
 */
import type { Limits } from "./limits.ts";
import type { Ticker } from "./ticker.ts";

/** One body that is held and not whole yet. */
export interface Pace {
  /** So many bytes came, and give it more time. */
  came(bytes: number): void;
  /** It is whole, goes on, or never will be: nothing is late any more. */
  end(): void;
}

export interface Paces {
  /** `late` is called once, where the body is not whole by then. */
  begin(late: () => void): Pace;
  sweep(ticks: number): void;
}

interface Coming extends Pace {
  due: number;
  readonly late: () => void;
}

/** `heldMs` for every body, and a second more for each `heldPace` bytes. */
export function createPaces(limits: Limits, ticker: () => Ticker): Paces {
  const coming = new Set<Coming>();
  const ticksPerByte = 1000 / (limits.heldPace * limits.tickMs);
  return {
    begin(late) {
      const one: Coming = {
        due: ticker().after(limits.heldMs),
        late,
        came: (bytes) => void (one.due += bytes * ticksPerByte),
        end: () => void coming.delete(one),
      };
      coming.add(one);
      return one;
    },
    sweep(ticks) {
      for (const one of coming) {
        if (ticks < one.due) continue;
        coming.delete(one);
        one.late();
      }
    },
  };
}

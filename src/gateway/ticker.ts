/** One coarse clock for all deadlines: a number to compare with, instead of a timer for every request. */
export interface Ticker {
  /** Looks at deadlines taken so far. */
  readonly ticks: number;
  /** The tick by which `ms` from now have surely gone by. */
  after(ms: number): number;
}

export interface RunningTicker extends Ticker {
  stop(): void;
}

/** Calls `each` after every tick; does not keep the process alive. */
export function startTicker(tickMs: number, each: (ticks: number) => void): RunningTicker {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    each(ticks);
  }, tickMs);
  timer.unref();
  return {
    get ticks() {
      return ticks;
    },
    after: (ms) => ticks + Math.ceil(ms / tickMs) + 1,
    stop: () => clearInterval(timer),
  };
}

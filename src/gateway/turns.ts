/** Work that takes milliseconds, one piece for each turn of the event loop: between two of them everybody else is served. */
export interface Turns {
  /** At once, if nothing waits and nothing was done in this turn. */
  take(work: () => void): void;
}

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;

  const next = (): void => {
    const work = waiting.shift();
    taken = work !== undefined;
    if (work === undefined) return;
    setImmediate(next);
    work();
  };

  return {
    take(work) {
      waiting.push(work);
      if (!taken) next();
    },
  };
}

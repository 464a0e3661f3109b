/** Phases of a start, each in milliseconds since the user's command began. */
export interface Timing {
  /** Notes that a phase is over now; the first note of a name counts. */
  mark(phase: string): void;
  phases(): Readonly<Record<string, number>>;
}

export function startTiming(startedAt: number, before: Readonly<Record<string, number>>, now: () => number): Timing {
  const phases: Record<string, number> = { ...before };
  return {
    mark(phase) {
      phases[phase] ??= Math.round((now() - startedAt) * 10) / 10;
    },
    phases: () => ({ ...phases }),
  };
}

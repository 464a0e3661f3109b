/** Phases of a start, each in milliseconds since the user's command began. */
export interface Timing {
  /** Notes that a phase is over now; the first note of a name counts. */
  mark(phase: string): void;
  /** The same for a moment known as milliseconds since the epoch. */
  at(phase: string, moment: number): void;
  phases(): Readonly<Record<string, number>>;
}

export function startTiming(
  startedAt: number,
  before: Readonly<Record<string, number>>,
  now: () => number,
): Timing {
  const phases: Record<string, number> = { ...before };
  const at = (phase: string, moment: number): void => {
    phases[phase] ??= Math.round((moment - startedAt) * 10) / 10;
  };
  return {
    mark: (phase) => at(phase, now()),
    at,
    phases: () => ({ ...phases }),
  };
}

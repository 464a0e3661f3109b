/** Milliseconds of a start, as its phases are told. */
import type { Host } from "./paths.ts";

/** Since the user's command began. */
export function sinceStart(host: Host): number {
  return roundPhase(performance.timeOrigin + performance.now() - host.startedAt);
}

/** Tenths of a millisecond are plenty. */
export function roundPhase(ms: number): number {
  return Math.round(ms * 10) / 10;
}

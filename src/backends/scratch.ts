/** How large the memory file systems of a bottle are. */
import type { LimitPlan } from "../plan/plan.ts";

const smallest = 16 * 1024 ** 2;

/** Bytes for each of the bottle's memory file systems: they are paid from memory, so at most a quarter of it. */
export function scratchSize(limits: { readonly memory: number; readonly disk: number }): number {
  return Math.max(smallest, Math.floor(Math.min(limits.disk, limits.memory / 4)));
}

const defaultMemory = 1024 ** 3;

/** The same for the limits of a launch; one that is not named is assumed. */
export function scratchBytes(limits: readonly LimitPlan[]): number {
  const value = (name: string): number =>
    limits.find((limit) => limit.name === name)?.value ?? defaultMemory;
  return scratchSize({ memory: value("memory"), disk: value("disk") });
}

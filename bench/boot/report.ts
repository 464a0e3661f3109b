/** What a measurement of starts found. */
import type { HelpReport } from "../help.ts";
import { spread } from "../stats.ts";
import type { Spread } from "../stats.ts";
import type { BottleRun } from "./in-bottle.ts";

export interface BootReport {
  readonly version: 2;
  readonly host: Machine;
  readonly runs: number;
  readonly rungs: readonly RungReport[];
  readonly help: HelpReport;
}

export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly kernel: string;
  readonly node: string;
}

export interface RungReport {
  readonly rung: string;
  readonly link: string;
  readonly place: string;
  /** What it is measured against. */
  readonly reference: string;
  /** DESIGN section 9; null where there is none. */
  readonly budget: number | null;
  /** Milliseconds from the command to the first model request. */
  readonly bare: Spread;
  readonly bottle: StartReport;
  readonly ratio: number;
  /** A faster way without a bottle that nobody takes by hand; null where there is none. */
  readonly fastest: { readonly how: string; readonly total: Spread } | null;
  readonly probes: Spread;
  /** Starts that claim a prepared bottle; null where none can be made ready. */
  readonly hot: StartReport | null;
  /** Both with an empty page cache, as after a reboot; null unless asked for by root. */
  readonly cold: { readonly bare: Spread; readonly bottle: StartReport } | null;
  /** MB while the agent waits for the model: the supervisor's own, and of everything with the agent in it, beside the bare run's. */
  readonly memory: {
    readonly supervisor: Spread;
    readonly whole: Spread;
    readonly bare: Spread;
  };
  /** What one start and its end asked of the Docker Engine; null on a rung without one. */
  readonly engine: readonly TimedCall[] | null;
}

/** Milliseconds since the command began, and how long the Engine took. */
export interface TimedCall {
  readonly what: string;
  readonly at: number;
  readonly ms: number | null;
  /** Before the agent ran. */
  readonly start: boolean;
}

/** One kind of start. */
export interface StartReport {
  /** Milliseconds from the command to the first model request. */
  readonly total: Spread;
  /** From the command, and from the order (manifest read, plan made, secrets there), to the agent's exec. */
  readonly exec: Spread;
  readonly execFromOrder: Spread;
  /** Milliseconds since the command began, by phase of the start (the record's timing). */
  readonly phases: Readonly<Record<string, Spread>>;
}

export function startReport(runs: readonly BottleRun[]): StartReport {
  const phase = (run: BottleRun, name: string): number => run.phases[name] ?? Number.NaN;
  return {
    total: spread(runs.map(({ ms }) => ms)),
    exec: spread(runs.map((run) => phase(run, "agent"))),
    execFromOrder: spread(runs.map((run) => phase(run, "agent") - phase(run, "ordered"))),
    phases: phaseSpreads(runs),
  };
}

function phaseSpreads(runs: readonly BottleRun[]): Readonly<Record<string, Spread>> {
  const names = Object.keys(runs[0]?.phases ?? {});
  const entries = names.map((name) => {
    const values = runs.flatMap((run) => run.phases[name] ?? []);
    return [name, spread(values)] as const;
  });
  return Object.fromEntries(entries.toSorted(([, a], [, b]) => a.median - b.median));
}

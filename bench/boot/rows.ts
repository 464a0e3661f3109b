/** Starts as one row for each kind of bottle: what docs/benchmarks/boot-rungs.json holds, for the page and for other tables. */
import { readFile } from "node:fs/promises";
import type { BootReport, Machine, RungReport, TimedCall } from "./report.ts";

export interface BootRows {
  readonly version: 1;
  readonly machine: Machine;
  readonly rows: readonly BootRow[];
}

/** Medians, in milliseconds and MiB. */
export interface BootRow {
  readonly rung: string;
  readonly link: string;
  readonly place: string;
  readonly runs: number;
  readonly start: {
    readonly coldMs: number | null;
    readonly warmMs: number;
    /** Claiming a prepared bottle, where one can be made ready. */
    readonly hotMs: number | null;
  };
  /** What is measured against, and its time, warm and cold. */
  readonly reference: string;
  readonly bareMs: number;
  readonly coldBareMs: number | null;
  /** The fastest way without a bottle, where it is another. */
  readonly fastestMs: number | null;
  /** Warm, and the budget for it. */
  readonly ratio: number;
  readonly budget: number | null;
  /** Everything of one bottle while the agent waits for the model, the agent too; and as much of the bare run. */
  readonly memoryMiB: number;
  readonly bareMemoryMiB: number;
  readonly supervisorMiB: number;
  readonly probesMs: number;
  /** When each phase of a warm start was over, since the command began. */
  readonly phases: Readonly<Record<string, number>>;
  readonly engine: readonly TimedCall[] | null;
}

/** The report's rows, and those of other bottles that were measured on the same machine before. */
export async function mergedRows(report: BootReport, file: string): Promise<BootRows> {
  const fresh = report.rungs.map((one) => rowOf(one, report.runs));
  const before = await readRows(file);
  const same = before !== undefined && sameMachine(before.machine, report.host);
  const kept = same ? before.rows.filter((row) => !fresh.some((one) => key(one) === key(row))) : [];
  return { version: 1, machine: report.host, rows: [...kept, ...fresh].toSorted(byStrength) };
}

function rowOf(report: RungReport, runs: number): BootRow {
  const { cold, memory } = report;
  const phases = Object.entries(report.bottle.phases);
  return {
    ...{ rung: report.rung, link: report.link, place: report.place, runs },
    start: {
      coldMs: cold?.bottle.total.median ?? null,
      warmMs: report.bottle.total.median,
      hotMs: report.hot?.total.median ?? null,
    },
    reference: report.reference,
    bareMs: report.bare.median,
    coldBareMs: cold?.bare.median ?? null,
    fastestMs: report.fastest?.total.median ?? null,
    ratio: report.ratio,
    budget: report.budget,
    memoryMiB: memory.whole.median,
    bareMemoryMiB: memory.bare.median,
    supervisorMiB: memory.supervisor.median,
    probesMs: report.probes.median,
    phases: Object.fromEntries(phases.map(([name, { median }]) => [name, median])),
    engine: report.engine,
  };
}

async function readRows(file: string): Promise<BootRows | undefined> {
  try {
    const found = JSON.parse(await readFile(file, "utf8")) as BootRows;
    return found.version === 1 ? found : undefined;
  } catch {
    return undefined;
  }
}

function sameMachine(one: Machine, other: Machine): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function key({ rung, link, place }: BootRow): string {
  return [rung, link, place].join(" ");
}

const ladder = ["namespace", "runc", "gvisor", "kata", "qemu", "firecracker", "apple"];

/** As the ladder goes; what is here before what is elsewhere. */
function byStrength(a: BootRow, b: BootRow): number {
  const here = Number(a.place !== "local") - Number(b.place !== "local");
  return here || ladder.indexOf(a.rung) - ladder.indexOf(b.rung) || key(a).localeCompare(key(b));
}

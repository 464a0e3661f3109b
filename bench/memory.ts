/** What a bottle's processes hold of this machine's memory. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readTree } from "../src/backends/processes.ts";
import { readProcess } from "../src/host/process.ts";

/** MB. `pss`: shared pages count as a part for each who shares them, so that sums are true (proc_pid_smaps(5)). */
export interface Memory {
  readonly rss: number;
  readonly pss: number;
}

export interface BottleMemory {
  readonly supervisor: Memory;
  readonly helper: Memory;
  /** Supervisor and everything below it, the agent included. */
  readonly whole: Memory;
}

const nothing: Memory = { rss: 0, pss: 0 };

/** Of the bottle with that supervisor. */
export async function bottleMemory(supervisor: number): Promise<BottleMemory> {
  const tree = await Promise.all(
    readTree(supervisor).map(async ({ pid }) => ({
      pid,
      name: await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      memory: await processMemory(pid),
    })),
  );
  const find = (holds: (one: (typeof tree)[number]) => boolean): Memory =>
    tree.find(holds)?.memory ?? nothing;
  return {
    supervisor: find(({ pid }) => pid === supervisor),
    helper: find(({ name }) => name.startsWith("bottle-helper")),
    whole: tree.reduce(
      (sum, { memory }) => ({ rss: sum.rss + memory.rss, pss: sum.pss + memory.pss }),
      nothing,
    ),
  };
}

/**
 * MB of these processes and everything below them, their share of what they have in common. A container's stands below a shim of
 * the daemon's, which is there for it alone and counts as well.
 */
export async function sharedMemory(roots: readonly number[]): Promise<number> {
  const pids = new Set(
    roots.flatMap((root) => readTree(shimOf(root) ?? root)).map((one) => one.pid),
  );
  const memories = await Promise.all([...pids].map(processMemory));
  return memories.reduce((sum, { pss }) => sum + pss, 0);
}

function shimOf(pid: number): number | undefined {
  const parent = readProcess(pid)?.parent;
  try {
    const name = readFileSync(`/proc/${parent}/comm`, "latin1");
    return name.startsWith("containerd-shim") ? parent : undefined;
  } catch {
    return undefined;
  }
}

/** MB that could be given to new processes (proc_meminfo(5), MemAvailable), and all there is. */
export async function machineMemory(): Promise<{
  readonly available: number;
  readonly total: number;
}> {
  const text = await readFile("/proc/meminfo", "utf8");
  return { available: megabytes(text, "MemAvailable"), total: megabytes(text, "MemTotal") };
}

/** Nothing for a process that has gone. */
async function processMemory(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return { rss: megabytes(text, "Rss"), pss: megabytes(text, "Pss") };
}

function megabytes(text: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  return Number(kilobytes ?? 0) / 1024;
}

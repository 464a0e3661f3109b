/** Measures many bottles at once: memory and start time with 1, 10, 50 and 100 idle ones, and how many real agents fit. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostPaths } from "../src/compose/paths.ts";
import type { Host } from "../src/compose/paths.ts";
import { providerFor } from "../src/compose/registry.ts";
import { startScriptedModel } from "../src/demo/model/server.ts";
import { openCrowd } from "./crowd.ts";
import type { Crowd, CrowdOptions } from "./crowd.ts";
import { machineMemory } from "./memory.ts";
import type { BottleMemory, Memory } from "./memory.ts";
import { spread } from "./stats.ts";
import type { Spread } from "./stats.ts";

/**
 * MB, of supervisor and helper: of each as it is resident, and of both together as their share. Most of what is resident is
 * Node's own text, which all of them have in common.
 */
export const memoryBudget = 100;
const sizes = [1, 10, 50, 100] as const;
/** Starts that a size's time is the median of. */
const lastStarts = 10;
/** Agents that are really started; memory for more is worked out. */
const mostAgents = 12;
/** MB that stay free for the machine itself. */
const floor = 1024;

export interface CrowdReport {
  readonly bottles: number;
  /** Milliseconds of the last starts up to this size, one after the other. */
  readonly start: Spread;
  /** MB of one bottle each. */
  readonly supervisor: Spreads;
  readonly helper: Spreads;
  readonly whole: Spreads;
  /** MB that the machine has less than before the first one. */
  readonly taken: number;
  /** Milliseconds after which all of them were ended. */
  readonly end: number | null;
}

export interface ManyReport {
  readonly version: 1;
  readonly host: {
    readonly cpus: number;
    readonly megabytes: number;
    readonly kernel: string;
    readonly node: string;
  };
  readonly shells: readonly CrowdReport[];
  /** MB of supervisor and helper together, at most; and whether the budget holds. */
  readonly together: Memory;
  readonly within: boolean;
  readonly agents: AgentsReport;
}

export interface AgentsReport extends CrowdReport {
  readonly available: number;
  /** `filled`: so many ran and no more fit; `worked out`: what is left, divided by one agent's memory. */
  readonly fit: number;
  readonly how: "filled" | "worked out";
}

export interface Spreads {
  readonly rss: Spread;
  readonly pss: Spread;
}

export async function benchMany(
  host: Host,
  { progress }: { readonly progress: (line: string) => void },
): Promise<ManyReport> {
  const { total } = await machineMemory();
  const shells = await inCrowd(host, shell, async (crowd) => {
    const before = (await machineMemory()).available;
    const starts: number[] = [];
    const reports: CrowdReport[] = [];
    for (const size of sizes) {
      while (crowd.size < size) starts.push(await crowd.add());
      await sleep(2_000);
      progress(`${size} idle shells`);
      reports.push(await look(crowd, starts, before));
    }
    const begun = performance.now();
    await crowd.end();
    const end = Math.round(performance.now() - begun);
    return reports.map((one) => (one.bottles === sizes.at(-1) ? { ...one, end } : one));
  });
  const most = (of: (one: CrowdReport) => number): number => tenths(Math.max(...shells.map(of)));
  const together = {
    rss: most(({ supervisor, helper }) => supervisor.rss.max + helper.rss.max),
    pss: most(({ supervisor, helper }) => supervisor.pss.max + helper.pss.max),
  };
  const alone = most(({ supervisor, helper }) => Math.max(supervisor.rss.max, helper.rss.max));
  return {
    version: 1,
    host: {
      cpus: cpus().length,
      megabytes: Math.round(total),
      kernel: release(),
      node: process.version,
    },
    shells,
    together,
    within: alone <= memoryBudget && together.pss <= memoryBudget,
    agents: await benchAgents(host, progress),
  };
}

type Setting = Pick<CrowdOptions, "manifest" | "start" | "env">;

const shell: Setting = {
  manifest: `version: 1
bottles: {bench: {}}
agents: {bench: {bottle: bench, provider: shell}}
`,
  start: ["--headless", "--prompt", "exec sleep 86400"],
  env: {},
};

/** Real Claude Codes that wait at their prompt. */
async function benchAgents(host: Host, progress: (line: string) => void): Promise<AgentsReport> {
  const provider = await providerFor("claude");
  await provider.install({ cacheDir: hostPaths(host).cacheDir, progress });
  const token = `sk-ant-oat01-${randomBytes(24).toString("hex")}`;
  const model = await startScriptedModel({ turns: [], token });
  const setting: Setting = {
    manifest: `version: 1
bottles:
  bench:
    credentials: [{preset: anthropic, url: "${model.url}", secret: "env:BENCH_TOKEN"}]
agents:
  bench: {bottle: bench, provider: claude}
`,
    start: [],
    env: { BENCH_TOKEN: token },
  };
  try {
    return await inCrowd(host, setting, async (crowd) => {
      const before = (await machineMemory()).available;
      const starts: number[] = [];
      let available = before;
      while (crowd.size < mostAgents && available > floor) {
        starts.push(await crowd.add());
        await settled(crowd);
        available = (await machineMemory()).available;
        progress(`${crowd.size} idle agents, ${Math.round(available)} MB left`);
      }
      const report = await look(crowd, starts, before);
      const more = Math.max(0, Math.floor((available - floor) / report.whole.pss.median));
      const filled = available <= floor;
      await crowd.end();
      return {
        ...report,
        available: Math.round(available),
        fit: starts.length + (filled ? 0 : more),
        how: filled ? "filled" : "worked out",
      };
    });
  } finally {
    await model.close();
  }
}

/** Waits until the newest one holds no more than a second before; half a minute at most. */
async function settled(crowd: Crowd): Promise<void> {
  let last = 0;
  for (let looks = 0; looks < 30; looks += 1) {
    await sleep(1_000);
    const now = (await crowd.memories()).at(-1)?.whole.pss ?? 0;
    if (looks > 1 && now <= last * 1.02) return;
    last = now;
  }
}

async function inCrowd<T>(
  host: Host,
  setting: Setting,
  work: (crowd: Crowd) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  const crowd = await openCrowd(host, { folder, ...setting });
  try {
    return await work(crowd);
  } finally {
    if (crowd.size > 0) await crowd.end().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function look(crowd: Crowd, starts: readonly number[], before: number): Promise<CrowdReport> {
  const memories = await crowd.memories();
  const of = (part: keyof BottleMemory): Spreads => spreads(memories.map((one) => one[part]));
  return {
    bottles: crowd.size,
    start: spread(starts.slice(-lastStarts)),
    supervisor: of("supervisor"),
    helper: of("helper"),
    whole: of("whole"),
    taken: Math.round(before - (await machineMemory()).available),
    end: null,
  };
}

function spreads(memories: readonly Memory[]): Spreads {
  return {
    rss: spread(memories.map(({ rss }) => rss)),
    pss: spread(memories.map(({ pss }) => pss)),
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

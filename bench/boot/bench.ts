/** Measures starts: from the command to the first request at the model, in a bottle against bare, run by run in turn. */
import { randomBytes } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hostPaths } from "../../src/compose/paths.ts";
import type { Host } from "../../src/compose/paths.ts";
import { providerFor } from "../../src/compose/registry.ts";
import { benchHelp } from "../help.ts";
import { ratio, spread } from "../stats.ts";
import { openEntrant } from "./entrant.ts";
import type { Entrant } from "./entrant.ts";
import { makeReady } from "./in-bottle.ts";
import type { BottleRun } from "./in-bottle.ts";
import { startReport } from "./report.ts";
import type { BootReport, Machine, RungReport } from "./report.ts";
import { budgetOf, nameOf } from "./subject.ts";
import type { Subject } from "./subject.ts";

export interface BootOptions {
  readonly runs: number;
  readonly subjects: readonly Subject[];
  /** Also with an empty page cache; for root, and felt by the whole machine. */
  readonly cold: boolean;
  readonly progress: (line: string) => void;
}

export async function benchBoot(host: Host, options: BootOptions): Promise<BootReport> {
  const { runs, subjects, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  const all: Entrant[] = [];
  try {
    const provider = await providerFor("claude");
    const { cacheDir } = hostPaths(host);
    const agent = {
      provider,
      installed: await provider.install({ cacheDir, progress }),
      token: `sk-ant-oat01-${randomBytes(24).toString("hex")}`,
      prompt: "Say hello.",
    };
    for (const [index, subject] of subjects.entries()) {
      const own = join(folder, String(index));
      await mkdir(own);
      all.push(await openEntrant(host, { subject, folder: own, agent }));
    }
    const measured = await measure(all, options);
    const rungs: RungReport[] = [];
    for (const [index, entrant] of all.entries()) {
      const found = measured[index];
      if (found !== undefined) rungs.push(await reportOf(entrant, found));
    }
    const help = await benchHelp(host, runs * 2, folder);
    return { version: 2, host: machine(), runs, rungs, help };
  } finally {
    for (const entrant of all) await entrant[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly bare: number[];
  readonly fastest: number[];
  readonly bottles: BottleRun[];
  readonly hot: BottleRun[];
  readonly coldBare: number[];
  readonly cold: BottleRun[];
}

/** Every round asks each of all once, so that a slow minute of the machine is a slow minute for all. */
async function measure(
  all: readonly Entrant[],
  { runs, cold, progress }: BootOptions,
): Promise<readonly Measured[]> {
  const measured = all.map((): Measured => ({
    ...{ bare: [], fastest: [], bottles: [], hot: [], coldBare: [], cold: [] },
  }));
  const each = async (act: (entrant: Entrant, found: Measured) => Promise<void>): Promise<void> => {
    for (const [index, entrant] of all.entries()) {
      const found = measured[index];
      if (found !== undefined) await act(entrant, found);
    }
  };
  // Round 0 warms page cache and compile caches of both sides and is not counted.
  for (let round = 0; round <= runs; round += 1)
    await each(async (entrant, found) => {
      const bare = await entrant.bare();
      const bottle = await entrant.inBottle();
      const fastest = await entrant.fastest();
      if (round === 0) return entrant.forget();
      found.bare.push(bare);
      found.bottles.push(bottle);
      if (fastest !== undefined) found.fastest.push(fastest);
      progress(
        `${nameOf(entrant.subject)}, run ${round} of ${runs}: bare ${Math.round(bare)} ms, bottle ${Math.round(bottle.ms)} ms`,
      );
    });
  const unready = new Set<Entrant>();
  for (let round = 0; round <= runs; round += 1)
    await each(async (entrant, { hot }) => {
      if (unready.has(entrant)) return;
      try {
        await makeReady(entrant.start);
      } catch (error) {
        unready.add(entrant);
        progress(`${nameOf(entrant.subject)}: no prepared bottles: ${String(error)}`);
        return;
      }
      const run = await entrant.inBottle();
      if (round > 0) hot.push(run);
      progress(`${nameOf(entrant.subject)}, hot run ${round} of ${runs}: ${Math.round(run.ms)} ms`);
    });
  // Fewer runs: each reads the agent's 245 MB from the disk again.
  for (let round = 0; cold && round < Math.ceil(runs / 3); round += 1)
    await each(async (entrant, found) => {
      await dropCaches();
      found.coldBare.push(await entrant.bare());
      await dropCaches();
      found.cold.push(await entrant.inBottle());
      progress(`${nameOf(entrant.subject)}, cold run ${round + 1}`);
    });
  return measured;
}

async function reportOf(entrant: Entrant, found: Measured): Promise<RungReport> {
  const { subject, references } = entrant;
  const { usual, fastest } = references;
  const bare = spread(found.bare);
  const bottle = startReport(found.bottles);
  return {
    ...{ rung: subject.rung, link: subject.link, place: subject.place },
    reference: usual.how,
    budget: budgetOf(subject),
    bare,
    bottle,
    ratio: ratio(bottle.total, bare),
    fastest: fastest === undefined ? null : { how: fastest.how, total: spread(found.fastest) },
    probes: spread(found.bottles.map((run) => run.probesMs)),
    hot: found.hot.length === 0 ? null : startReport(found.hot),
    cold:
      found.cold.length === 0
        ? null
        : { bare: spread(found.coldBare), bottle: startReport(found.cold) },
    memory: entrant.memory(),
    engine: await entrant.engineCalls(),
  };
}

function machine(): Machine {
  const [first] = cpus();
  const model = (first?.model ?? "").replaceAll(/[^\x20-\x7e]/g, "");
  return { cpus: cpus().length, model, kernel: release(), node: process.version };
}

/** Clean pages alone are dropped, so that dirty ones are written first (proc_sys_vm(5)). */
async function dropCaches(): Promise<void> {
  await promisify(execFile)("sync");
  await writeFile("/proc/sys/vm/drop_caches", "3");
}

/** Measures a start: from the command to the first request at the model, in a bottle against bare, run by run in turn. */
import { randomBytes } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hostPaths } from "../src/compose/paths.ts";
import type { Host } from "../src/compose/paths.ts";
import { providerFor } from "../src/compose/registry.ts";
import { startScriptedModel } from "../src/demo/model/server.ts";
import type { ScriptedModel } from "../src/demo/model/server.ts";
import { runBare } from "./bare.ts";
import type { BareRun } from "./bare.ts";
import { clock, untilFirstRequest } from "./first-request.ts";
import { benchHelp } from "./help.ts";
import type { HelpReport } from "./help.ts";
import { makeReady, prepareStart, runInBottle, supervisorMemory } from "./in-bottle.ts";
import type { BottleRun, PreparedStart } from "./in-bottle.ts";
import { ratio, spread } from "./stats.ts";
import type { Spread } from "./stats.ts";

export interface BootReport {
  readonly version: 1;
  readonly host: { readonly cpus: number; readonly kernel: string; readonly node: string };
  readonly runs: number;
  /** Milliseconds from the command to the first model request. */
  readonly bare: Spread;
  readonly bottle: Spread;
  readonly ratio: number;
  /** Milliseconds since the command began, by phase of the start (the record's timing). */
  readonly phases: Readonly<Record<string, Spread>>;
  readonly probes: Spread;
  /** Starts that claim a prepared bottle. */
  readonly hot: StartReport;
  /** Both with an empty page cache, as after a reboot; null unless asked for by root. */
  readonly cold: { readonly bare: Spread; readonly bottle: StartReport } | null;
  readonly help: HelpReport;
  /** MB of the supervisor while the agent waits for the model. */
  readonly supervisor: Spread;
}

/** One kind of start. */
export interface StartReport {
  /** Milliseconds from the command to the first model request. */
  readonly total: Spread;
  /** From the command, and from the order (manifest read, plan made, secrets there), to the agent's exec. */
  readonly exec: Spread;
  readonly execFromOrder: Spread;
  readonly phases: Readonly<Record<string, Spread>>;
}

export interface BootOptions {
  readonly runs: number;
  /** Also with an empty page cache; for root, and felt by the whole machine. */
  readonly cold: boolean;
  readonly progress: (line: string) => void;
}

const prompt = "Say hello.";

export async function benchBoot(host: Host, options: BootOptions): Promise<BootReport> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  const token = `sk-ant-oat01-${randomBytes(24).toString("hex")}`;
  const memory: number[] = [];
  const stateHome = join(folder, "state");
  const model = await startScriptedModel({
    turns: [{ kind: "text", text: "Hello." }],
    token,
    now: clock,
    beforeTurn: async () => {
      const megabytes = await supervisorMemory(stateHome);
      if (megabytes !== undefined) memory.push(megabytes);
    },
  });
  try {
    const provider = await providerFor("claude");
    const { cacheDir } = hostPaths(host);
    const installed = await provider.install({ cacheDir, progress: options.progress });
    const bare: BareRun = {
      provider,
      installed,
      modelUrl: model.url,
      token,
      prompt,
      folder,
      uid: host.uid,
    };
    const start = await prepareStart(host, {
      folder,
      stateHome,
      modelUrl: model.url,
      token,
      prompt,
    });
    const bareMs: number[] = [];
    const bottles: BottleRun[] = [];
    // Round 0 warms page cache and compile caches of both sides and is not counted.
    for (let round = 0; round <= options.runs; round += 1) {
      const bareRun = await untilFirstRequest(model, () => runBare(bare));
      const bottleRun = await runInBottle(model, start);
      if (round === 0) memory.length = 0;
      else {
        bareMs.push(bareRun);
        bottles.push(bottleRun);
        options.progress(
          `run ${round} of ${options.runs}: bare ${Math.round(bareRun)} ms, bottle ${Math.round(bottleRun.ms)} ms`,
        );
      }
    }
    const hot: BottleRun[] = [];
    for (let round = 0; round <= options.runs; round += 1) {
      await makeReady(start);
      const run = await runInBottle(model, start);
      if (round > 0) hot.push(run);
      options.progress(`hot run ${round} of ${options.runs}: ${Math.round(run.ms)} ms`);
    }
    const cold = options.cold ? await coldStarts(options, model, bare, start) : null;
    const bareSpread = spread(bareMs);
    const bottleSpread = spread(bottles.map((run) => run.ms));
    return {
      version: 1,
      host: { cpus: cpus().length, kernel: release(), node: process.version },
      runs: options.runs,
      bare: bareSpread,
      bottle: bottleSpread,
      ratio: ratio(bottleSpread, bareSpread),
      phases: phaseSpreads(bottles),
      probes: spread(bottles.map((run) => run.probesMs)),
      hot: reportOf(hot),
      cold,
      help: await benchHelp(host, options.runs * 2, folder),
      supervisor: spread(memory),
    };
  } finally {
    await model.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fewer runs: each reads the agent's 245 MB from the disk again. */
async function coldStarts(
  options: BootOptions,
  model: ScriptedModel,
  bare: BareRun,
  start: PreparedStart,
): Promise<BootReport["cold"]> {
  const bareMs: number[] = [];
  const bottles: BottleRun[] = [];
  for (let round = 0; round < Math.ceil(options.runs / 3); round += 1) {
    await dropCaches();
    bareMs.push(await untilFirstRequest(model, () => runBare(bare)));
    await dropCaches();
    bottles.push(await runInBottle(model, start));
    options.progress(`cold run ${round + 1}`);
  }
  return { bare: spread(bareMs), bottle: reportOf(bottles) };
}

/** Clean pages alone are dropped, so that dirty ones are written first (proc_sys_vm(5)). */
async function dropCaches(): Promise<void> {
  await promisify(execFile)("sync");
  await writeFile("/proc/sys/vm/drop_caches", "3");
}

function reportOf(runs: readonly BottleRun[]): StartReport {
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

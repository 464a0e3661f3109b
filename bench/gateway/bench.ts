/** Measures the gateway beside what people use today: same work, same core, same run, in turns. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/compose/paths.ts";
import { openField } from "./contenders/all.ts";
import type { Field, LeftOut } from "./contenders/all.ts";
import { chooseCores, moveTo } from "./cores.ts";
import { measureDecisions } from "./decisions.ts";
import { startOrigin } from "./origin.ts";
import type { Origin } from "./origin.ts";
import { measureRates } from "./rates.ts";
import type { RateOptions } from "./rates.ts";
import type { GatewayReport } from "./report.ts";
import { download, eventDelay, firstRequest, inTurns, upload } from "./transfers.ts";
import { measureSupervisor } from "./supervisor.ts";
import type { Measured, Turns } from "./transfers.ts";
import { measureHeld, measureIdle } from "./tunnels.ts";
import type { Held } from "./tunnels.ts";
import type { Contender } from "./way.ts";
import { hasWrk } from "./wrk.ts";

/** How much is measured; a test takes a little of everything. */
export interface Extent {
  readonly connections: readonly number[];
  readonly rounds: number;
  /** Milliseconds of load each time. */
  readonly ms: number;
  readonly downBytes: number;
  readonly upBytes: number;
  /** Rounds of what takes no load: events, new hosts. */
  readonly singles: number;
  readonly tunnels: number;
}

export const fullExtent: Extent = {
  connections: [1, 16, 64],
  rounds: 3,
  ms: 2_000,
  downBytes: 100_000_000,
  upBytes: 50_000_000,
  singles: 15,
  tunnels: 500,
};

export interface GatewayBenchOptions {
  readonly extent: Extent;
  readonly progress: (line: string) => void;
}

export async function benchGateway(
  host: Host,
  { extent, progress }: GatewayBenchOptions,
): Promise<GatewayReport> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  // Some proxies give up root before they read their files.
  await chmod(folder, 0o755);
  const cores = await chooseCores();
  const back = cores === undefined ? undefined : await moveTo(cores.load);
  let origin: Origin | undefined;
  let field: Field | undefined;
  try {
    origin = await startOrigin();
    field = await openField({ origin, core: cores?.proxy, folder, dist: host.dist });
    const { contenders, leftOut } = field;
    progress(`through ${contenders.map(({ name }) => name).join(", ")}`);
    const proxies = contenders.filter(({ pid }) => pid !== undefined);
    const idle = new Map<Contender, number>();
    for (const one of proxies) idle.set(one, await measureIdle(one));
    const wrk = (await hasWrk()) ? { core: cores?.load, folder } : undefined;
    const load = { contenders, ...extent, wrk, progress };
    const rates = await measureRates({ ...load, kind: "plain" } satisfies RateOptions);
    const tlsRates = await measureRates({ ...load, kind: "tls" } satisfies RateOptions);
    const reading = contenders.filter(({ tls }) => tls !== undefined);
    const missed: LeftOut[] = [];
    const turns = (
      what: string,
      rounds: number,
      measure: Turns["measure"],
      some = contenders,
    ): Promise<readonly Measured[]> => {
      progress(what);
      const failed = (name: string, why: string): void => void missed.push({ name, why });
      return inTurns({ what, rounds, measure, contenders: some, failed });
    };
    const { rounds, singles, downBytes, upBytes } = extent;
    const far = origin;
    const down = await turns("long downloads", rounds, (one) => download(one, downBytes));
    const up = await turns("long uploads", rounds, (one) => upload(one, upBytes));
    const events = await turns("event streams", singles, (one) => eventDelay(one, far));
    const fresh = await turns("new hosts", singles, firstRequest, reading);
    const memory: Held[] = [];
    for (const one of proxies) {
      progress(`memory of ${one.name}`);
      const { tunnels } = extent;
      const before = idle.get(one) ?? 0;
      memory.push(await measureHeld(one, { idle: before, tunnels, bytes: downBytes }));
    }
    progress("memory of a supervisor");
    const supervisor = await measureSupervisor(host, far, extent.tunnels).catch(
      (error: unknown) => {
        const why = error instanceof Error ? error.message : "?";
        missed.push({ name: "a supervisor's memory", why });
        return null;
      },
    );
    progress("policy decisions");
    return {
      version: 1,
      host: {
        cpus: cpus().length,
        model: cpus()[0]?.model ?? "?",
        kernel: release(),
        node: process.version,
      },
      cores: cores ?? null,
      load: wrk === undefined ? "node" : "wrk",
      rounds: extent.rounds,
      leftOut: [
        ...leftOut,
        ...missed,
        ...(wrk === undefined
          ? [{ name: "wrk", why: "it is not installed (Debian: wrk); load came from Node" }]
          : []),
      ],
      rates,
      tlsRates,
      down,
      up,
      events,
      fresh,
      memory,
      supervisor,
      decisions: measureDecisions(extent.rounds + 2),
    };
  } finally {
    await field?.[Symbol.asyncDispose]();
    await origin?.[Symbol.asyncDispose]();
    await back?.();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Requests a second on connections that stay, contender after contender, in turns. */
import { spread } from "../stats.ts";
import type { Spread } from "../stats.ts";
import { coreTime } from "./cores.ts";
import { drive } from "./load.ts";
import type { LoadResult } from "./load.ts";
import { openPlain, openTls, requestHead } from "./way.ts";
import type { Contender, ContenderName } from "./way.ts";
import { runWrk } from "./wrk.ts";

/** Of one contender at one number of connections. */
export interface Rate {
  readonly contender: ContenderName;
  readonly connections: number;
  readonly perSecond: Spread;
  /** Microseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Microseconds of a core for a request, and how much of the core it had; none for `direct`. */
  readonly core: Spread | null;
  readonly busyPercent: Spread | null;
  readonly failures: number;
}

export interface RateOptions {
  readonly contenders: readonly Contender[];
  readonly kind: "plain" | "tls";
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly ms: number;
  /** Undefined: load comes from this process. */
  readonly wrk: { readonly core: number | undefined; readonly folder: string } | undefined;
  readonly progress: (line: string) => void;
}

interface Sample extends LoadResult {
  readonly coreMs: number;
}

const path = "/small";
/** Milliseconds of load that is not counted, before the first of each. */
const warmMs = 400;

export async function measureRates(options: RateOptions): Promise<readonly Rate[]> {
  const contenders = options.contenders.filter(
    ({ tls }) => options.kind === "plain" || tls !== undefined,
  );
  const samples = new Map<string, Sample[]>();
  const most = Math.max(...options.connections);
  for (const one of contenders) await once(options, one, most, warmMs);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const connections of options.connections)
      for (const one of contenders) {
        const sample = await once(options, one, connections, options.ms);
        const key = `${one.name} ${connections}`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
    options.progress(`${options.kind} requests, round ${round + 1} of ${options.rounds}`);
  }
  return contenders.flatMap((one) =>
    options.connections.map((connections) =>
      rate(one, connections, samples.get(`${one.name} ${connections}`) ?? []),
    ),
  );
}

async function once(
  options: RateOptions,
  one: Contender,
  connections: number,
  ms: number,
): Promise<Sample> {
  const before = one.pid === undefined ? 0 : await coreTime(one.pid);
  const result = await load(options, one, connections, ms);
  const after = one.pid === undefined ? 0 : await coreTime(one.pid);
  return { ...result, coreMs: after - before };
}

function load(
  { kind, wrk }: RateOptions,
  { plain, tls }: Contender,
  connections: number,
  ms: number,
): Promise<LoadResult> {
  if (kind === "plain" && wrk !== undefined)
    return runWrk({ ...wrk, way: plain, path, connections, ms });
  if (kind === "plain" || tls === undefined)
    return drive({
      open: () => openPlain(plain),
      request: requestHead("GET", plain.target(path), plain.host),
      connections,
      ms,
    });
  return drive({
    open: () => openTls(tls),
    request: requestHead("GET", path, `localhost:${tls.originPort}`),
    connections,
    ms,
  });
}

function rate(one: Contender, connections: number, samples: readonly Sample[]): Rate {
  const of = (value: (sample: Sample) => number): Spread => spread(samples.map(value));
  return {
    contender: one.name,
    connections,
    perSecond: of(({ requests, seconds }) => requests / seconds),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    core: one.pid === undefined ? null : of(({ coreMs, requests }) => (coreMs * 1000) / requests),
    busyPercent:
      one.pid === undefined ? null : of(({ coreMs, seconds }) => (coreMs / seconds) * 0.1),
    failures: samples.reduce((sum, { failures }) => sum + failures, 0),
  };
}

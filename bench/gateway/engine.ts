/** What an engine's verdicts cost: the gateway with one and without, in turn, on the same core. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/compose/paths.ts";
import { spread } from "../stats.ts";
import type { Spread } from "../stats.ts";
import { ours } from "./contenders/ours.ts";
import { chooseCores, moveTo } from "./cores.ts";
import { drive } from "./load.ts";
import { startOrigin } from "./origin.ts";
import { openPlain, requestHead } from "./way.ts";
import type { Contender } from "./way.ts";

export interface EngineBenchOptions {
  /** Its program. */
  readonly program: string;
  readonly rounds: number;
  readonly ms: number;
  readonly progress: (line: string) => void;
}

interface Row {
  readonly what: string;
  readonly connections: number;
  readonly engine: boolean;
  readonly perSecond: Spread;
  /** Microseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
}

export interface EngineReport {
  readonly version: 1;
  readonly machine: string;
  readonly program: string;
  readonly rows: readonly Row[];
}

const body = `{"note":"${"a lot of ordinary words in a row ".repeat(31).slice(0, 1000)}"}`;
const works: readonly (readonly [what: string, method: string, path: string, body: string])[] = [
  ["a request without body", "GET", "/small", ""],
  ["one with a body of 1 KB", "POST", "/up", body],
];
const connections = [1, 16] as const;

export async function benchEngine(
  host: Host,
  { program, rounds, ms, progress }: EngineBenchOptions,
): Promise<EngineReport> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  await chmod(folder, 0o755);
  const cores = await chooseCores();
  const back = cores === undefined ? undefined : await moveTo(cores.load);
  const open: Contender[] = [];
  const origin = await startOrigin();
  try {
    const stage = { origin, core: cores?.proxy, dist: host.dist };
    const without = await ours({ ...stage, folder: join(folder, "without") });
    open.push(without);
    const engine = { program, keeper: join(host.dist, "engine-keeper.js") };
    const beside = await ours({ ...stage, folder: join(folder, "with"), engine });
    open.push(beside);
    const rows: Row[] = [];
    for (const [what, method, path, text] of works)
      for (const count of connections) {
        progress(`${what}, ${count} at once`);
        const seen = new Map([without, beside].map((one) => [one, [] as Seen[]]));
        for (let round = 0; round < rounds; round += 1)
          for (const [one, all] of seen) all.push(await load(one, method, path, text, count, ms));
        for (const [one, all] of seen)
          rows.push({
            what,
            connections: count,
            engine: one === beside,
            perSecond: spread(all.map(({ perSecond }) => perSecond)),
            p50: spread(all.map(({ p50 }) => p50)),
            p99: spread(all.map(({ p99 }) => p99)),
          });
      }
    const [cpu] = cpus();
    const machine = `${cpus().length} × ${cpu?.model ?? "?"}, Linux ${release()}, Node ${process.version}`;
    return { version: 1, machine, program, rows };
  } finally {
    for (const one of open) await one[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    await back?.();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Seen {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function load(
  { plain }: Contender,
  method: string,
  path: string,
  text: string,
  count: number,
  ms: number,
): Promise<Seen> {
  const length = text === "" ? [] : [["Content-Length", String(text.length)] as const];
  const request = `${requestHead(method, plain.target(path), plain.host, length)}${text}`;
  const { requests, failures, seconds, p50, p99 } = await drive({
    open: () => openPlain(plain),
    request,
    connections: count,
    ms,
  });
  if (failures > 0) throw new Error(`${failures} of the connections broke, or were refused`);
  return { perSecond: requests / seconds, p50, p99 };
}

export function renderEngine({ machine, program, rows }: EngineReport): string {
  const lines = rows.map(({ what, connections: count, engine, perSecond, p50, p99 }) =>
    [
      what.padEnd(26),
      String(count).padStart(3),
      (engine ? "with" : "without").padStart(8),
      Math.round(perSecond.median).toLocaleString("en").padStart(8),
      (p50.median / 1000).toFixed(2).padStart(7),
      (p99.median / 1000).toFixed(2).padStart(7),
    ].join("  "),
  );
  const head = `${"".padEnd(26)}  at once  engine  req/s     p50 ms  p99 ms`;
  return `\n  ${machine}\n  engine: ${program}\n\n  ${[head, ...lines].join("\n  ")}\n\n`;
}

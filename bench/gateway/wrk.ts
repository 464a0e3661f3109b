/** Load by wrk (https://github.com/wg/wrk), which takes far less of its core than a Node could. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { onCore } from "./cores.ts";
import type { LoadResult } from "./load.ts";
import { fields } from "./way.ts";
import type { Way } from "./way.ts";

const run = promisify(execFile);

export interface WrkOptions {
  readonly way: Way;
  readonly path: string;
  readonly connections: number;
  readonly ms: number;
  readonly core: number | undefined;
  /** Private; the script is written there. */
  readonly folder: string;
}

/** Whether wrk can be run. */
export async function hasWrk(): Promise<boolean> {
  // It knows no --version that ends well: whatever it says, it was there.
  return run("wrk", ["--version"]).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
}

export async function runWrk(options: WrkOptions): Promise<LoadResult> {
  const { way, connections, core } = options;
  const script = join(options.folder, "wrk.lua");
  await writeFile(script, wrkScript(way, options.path));
  const seconds = Math.max(1, Math.round(options.ms / 1000));
  const [program, ...argv] = onCore(core, [
    "wrk",
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "--timeout",
    "5s",
    "-s",
    script,
    `http://127.0.0.1:${way.port}/`,
  ]);
  const { stdout } = await run(program, argv);
  return readWrk(stdout);
}

/** Sets what is asked, and has wrk end with one line that a program can read. */
export function wrkScript(way: Way, path: string): string {
  const headers = [["Host", way.host] as const, ...fields];
  return [
    `wrk.path = ${lua(way.target(path))}`,
    ...headers.map(([name, value]) => `wrk.headers[${lua(name)}] = ${lua(value)}`),
    "function done(summary, latency)",
    "  local failed = summary.errors",
    '  io.write(string.format("bench %d %d %d %d %d\\n", summary.requests, summary.duration,',
    "    failed.connect + failed.read + failed.write + failed.status + failed.timeout,",
    "    latency:percentile(50), latency:percentile(99)))",
    "end",
    "",
  ].join("\n");
}

/** The line of `wrkScript` in wrk's output: requests, and all else in microseconds. */
export function readWrk(output: string): LoadResult {
  const match = /^bench (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (match === null) throw new Error(`wrk said something else: ${output.slice(0, 300)}`);
  const [requests = 0, duration = 0, failures = 0, p50 = 0, p99 = 0] = match.slice(1).map(Number);
  return { requests, failures, seconds: duration / 1e6, p50, p99 };
}

/** A Lua string: what is not plain becomes a decimal escape (Lua 5.1 manual, section 2.1). */
function lua(text: string): string {
  const escaped = text.replace(
    /[^\w /:.*-]/g,
    (char) => `\\${String(char.charCodeAt(0)).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
}

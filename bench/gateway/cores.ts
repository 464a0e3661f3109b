/** Which core runs what: proxies have one to themselves, origin and load have another, so that neither takes from the other. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { readTree } from "../../src/backends/processes.ts";

const run = promisify(execFile);

export interface Cores {
  readonly proxy: number;
  readonly load: number;
}

/** The last two cores that this process may use; undefined where there is one, or no taskset(1): nothing is pinned then. */
export async function chooseCores(): Promise<Cores | undefined> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const allowed = readList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
  const [load, proxy] = allowed.slice(-2);
  if (load === undefined || proxy === undefined) return undefined;
  const works = await run("taskset", ["--version"]).then(
    () => true,
    () => false,
  );
  return works ? { load, proxy } : undefined;
}

/** `0-2,5` of proc_pid_status(5). */
export function readList(text: string): readonly number[] {
  return text.split(",").flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return [];
    const first = Number(match[1]);
    const last = Number(match[2] ?? first);
    return Array.from({ length: last - first + 1 }, (_none, index) => first + index);
  });
}

/** A command as it runs on one core. */
export function onCore(
  core: number | undefined,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

/** Moves this process with all its threads; the result moves it back. */
export async function moveTo(core: number): Promise<() => Promise<void>> {
  const status = await readFile("/proc/self/status", "utf8");
  const before = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? String(core);
  const move = async (list: string): Promise<void> => {
    await run("taskset", ["-a", "-c", "-p", list, String(process.pid)]);
  };
  await move(String(core));
  return () => move(before);
}

/** Milliseconds that a process and all below it have had of a core so far (proc/schedstats of the kernel's documentation). */
export async function coreTime(root: number): Promise<number> {
  const times = await Promise.all(
    readTree(root).map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/schedstat`, "latin1").catch(() => "0");
      return Number(text.split(" ")[0]);
    }),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

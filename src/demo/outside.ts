/** What the host sees of the demo's bottle while its agent lives, and after: the token nowhere in it, and nothing left over. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readTree } from "../backends/processes.ts";
import { isAlive } from "../host/process.ts";
import type { Process } from "../host/process.ts";
import { searchSecrets } from "../proof/secret-search.ts";
import type { Verdict } from "./scenario.ts";

/** Where a bottle's record is, and what it notes about its processes. */
export interface BottleTrace {
  readonly record: string;
  /** The bottle's outermost process on the host. */
  readonly pid: number;
}

/** Reads the trace of a running bottle; undefined until it runs. */
export async function readTrace(stateHome: string, id: string): Promise<BottleTrace | undefined> {
  const record = join(stateHome, "claude-bottle", id);
  try {
    const state: unknown = JSON.parse(await readFile(join(record, "state.json"), "utf8"));
    if (typeof state !== "object" || state === null || !("bottlePid" in state)) return undefined;
    return typeof state.bottlePid === "number" ? { record, pid: state.bottlePid } : undefined;
  } catch {
    return undefined;
  }
}

/** The phases of a start, from a finished record; of one that never came so far there are none. */
export async function readPhases(
  record: string | undefined,
): Promise<Readonly<Record<string, number>>> {
  if (record === undefined) return {};
  const timing = await readFile(join(record, "timing.json"), "utf8").then(
    (text): unknown => JSON.parse(text),
    () => null,
  );
  if (typeof timing !== "object" || timing === null || !("phases" in timing)) return {};
  const phases = Object.entries(timing.phases ?? {});
  return Object.fromEntries(
    phases.flatMap(([name, ms]) => (typeof ms === "number" ? [[name, ms] as const] : [])),
  );
}

/** Looks for the token in memory, environment and arguments of every process of the bottle, and in its files. */
export async function searchBottle(
  record: string,
  processes: readonly Process[],
  token: string,
): Promise<Verdict> {
  const { found, unread, searched } = await searchSecrets({
    pids: processes.map(({ pid }) => pid),
    paths: [join(record, "home"), join(record, "workspace")],
    values: [{ name: "token", value: token }],
    memory: true,
  });
  const megabytes = Math.round(searched.bytes / 1024 ** 2);
  const where = `${searched.processes} processes, ${searched.files} files, ${megabytes} MB`;
  if (found.length > 0) return { ok: false, detail: found.map((hit) => hit.where).join(", ") };
  if (unread.length > 0) return { ok: false, detail: `could not be read: ${unread.join(", ")}` };
  // The helper and the agent at least: a search that saw nothing proves nothing.
  return { ok: searched.processes >= 2, detail: `not in ${where}` };
}

/** The bottle's processes while it runs. After its end they must be asked for one by one: orphans are in no tree any more. */
export function processesOf(trace: BottleTrace): readonly Process[] {
  return readTree(trace.pid);
}

/** Those of the processes that still live; a later process with the pid of one is not it. */
export function leftOf(processes: readonly Process[]): readonly Process[] {
  return processes.filter(isAlive);
}

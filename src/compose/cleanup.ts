/** What bottles of dead supervisors left behind, on every backend: found, and taken away. Work and records stay. */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findLeftovers } from "../lifecycle/sweep.ts";
import { isBottleId, recordsDir } from "../record/paths.ts";
import { halfRemoved, removeRecord } from "../record/remove.ts";
import { sweepingFolders } from "./mount.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { backendFor } from "./registry.ts";

export interface Leftover {
  readonly id: string;
  readonly what: string;
}

export interface Cleaned {
  readonly removed: readonly Leftover[];
  /** What could not be removed, and why. */
  readonly stuck: readonly (Leftover & { readonly why: string })[];
}

interface Job extends Leftover {
  readonly remove: () => Promise<void>;
}

/** Everything that would be removed; nothing is. */
export async function listLeftovers(host: Host): Promise<readonly Leftover[]> {
  return (await jobs(host)).map(({ id, what }) => ({ id, what }));
}

/** One that cannot be removed keeps no other. */
export async function cleanUp(host: Host): Promise<Cleaned> {
  const removed: Leftover[] = [];
  const stuck: (Leftover & { why: string })[] = [];
  for (const { id, what, remove } of await jobs(host)) {
    try {
      await remove();
      removed.push({ id, what });
    } catch (error) {
      stuck.push({ id, what, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { removed, stuck };
}

async function jobs(host: Host): Promise<readonly Job[]> {
  const { runHome, stateHome } = hostPaths(host);
  const backend = await backendFor("namespace", host);
  const left =
    backend === undefined
      ? []
      : await findLeftovers(runHome, sweepingFolders(backend, hostPaths(host)), () => Date.now());
  const path = host.env["PATH"] ?? "/usr/bin:/bin";
  const half = (await halfRemoved(stateHome)).map((id): Job => ({
    id,
    what: "a record that was being removed",
    remove: () => removeRecord({ stateHome, id, path }),
  }));
  return [...left, ...half, ...(await scraps(stateHome))];
}

/** Milliseconds; a younger file may be somebody's who is at work. */
const workTime = 3_600_000;

/** Files that were being written, and folders of `apply`, whose writers died. */
async function scraps(stateHome: string): Promise<readonly Job[]> {
  const root = recordsDir(stateHome);
  const found: Job[] = [];
  for (const id of await readdir(root).catch((): string[] => [])) {
    if (!isBottleId(id)) continue;
    for (const name of await readdir(join(root, id)).catch((): string[] => [])) {
      const scrap = /\.[0-9a-f]{12}\.tmp$/.test(name) || /^apply-[A-Za-z0-9]{6}$/.test(name);
      if (!scrap || !(await isOld(join(root, id, name)))) continue;
      found.push({
        id,
        what: `unfinished ${name}`,
        remove: () => rm(join(root, id, name), { recursive: true, force: true }),
      });
    }
  }
  return found;
}

async function isOld(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > workTime;
}

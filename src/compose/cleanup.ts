/** What bottles of dead supervisors left behind, on every backend: found, and taken away. Work and records stay. */
import { findLeftovers } from "../lifecycle/sweep.ts";
import type { FoundLeftover } from "../lifecycle/sweep.ts";
import { sweepingFolders } from "./mount.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { backendFor } from "./registry.ts";
import { scraps } from "./scraps.ts";

export interface Leftover {
  readonly id: string;
  readonly what: string;
}

export interface Cleaned {
  readonly removed: readonly Leftover[];
  /** What could not be removed, and why. */
  readonly stuck: readonly (Leftover & { readonly why: string })[];
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

async function jobs(host: Host): Promise<readonly FoundLeftover[]> {
  const { runHome, stateHome } = hostPaths(host);
  const backend = await backendFor("namespace", host);
  const left =
    backend === undefined
      ? []
      : await findLeftovers(runHome, sweepingFolders(backend, hostPaths(host)), () => Date.now());
  const path = host.env["PATH"] ?? "/usr/bin:/bin";
  return [...left, ...(await scraps({ runHome, stateHome, path }))];
}

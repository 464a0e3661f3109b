/** What bottles of dead supervisors left behind, on every backend: found, and taken away. Work and records stay. */
import { findLeftovers } from "../lifecycle/sweep.ts";
import type { FoundLeftover } from "../lifecycle/sweep.ts";
import { isAway } from "./away.ts";
import { listBottles } from "./bottles.ts";
import { lives } from "./living.ts";
import { sweepingFolders } from "./mount.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { usualBackend, builtRungs } from "./registry.ts";
import { scraps } from "./scraps.ts";

export interface Leftover {
  readonly id: string;
  readonly what: string;
}

export interface Cleaned {
  readonly removed: readonly Leftover[];
  /** What could not be removed, and why. */
  readonly stuck: readonly (Leftover & { readonly why: string })[];
  /** Work on other machines, which is never removed here. */
  readonly kept: readonly Leftover[];
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
  return { removed, stuck, kept: await keptElsewhere(host) };
}

/** Of bottles that ended without bringing their work home. */
async function keptElsewhere(host: Host): Promise<readonly Leftover[]> {
  const ended = (await listBottles(host)).filter((info) => !lives(info) && isAway(info));
  return ended.map(({ id, place }) => ({
    id,
    what: `work on its machine (${place === "local" ? "behind DOCKER_HOST" : place}): bottle diff ${id} fetches it`,
  }));
}

/** Also of a bottle whose daemon is not there any more: nothing of it runs, and its next start removes what it holds. */
async function leftOnEveryRung(host: Host): Promise<readonly FoundLeftover[]> {
  const paths = hostPaths(host);
  const found = await Promise.all(
    builtRungs.map(async (rung): Promise<readonly FoundLeftover[]> => {
      const backend = await usualBackend(rung, host);
      if (backend === undefined) return [];
      if (rung === "namespace")
        return findLeftovers(paths.runHome, sweepingFolders(backend, paths), () => Date.now());
      const left = await backend.find().catch(() => []);
      return left.map((one) => ({ ...one, remove: () => backend.sweep(one) }));
    }),
  );
  return found.flat();
}

async function jobs(host: Host): Promise<readonly FoundLeftover[]> {
  const { runHome, stateHome } = hostPaths(host);
  const left = await leftOnEveryRung(host);
  const path = host.env["PATH"] ?? "/usr/bin:/bin";
  return [...left, ...(await scraps({ runHome, stateHome, path }))];
}

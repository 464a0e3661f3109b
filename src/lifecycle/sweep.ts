/** Removes what bottles of dead supervisors left on this host. Work stays: records and workspaces are not touched. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "./backend.ts";
import { isLeft, removeLeft } from "./run-directory.ts";

/** Something that a dead owner left, and how it goes away. */
export interface FoundLeftover {
  readonly id: string;
  readonly what: string;
  readonly remove: () => Promise<void>;
}

/** What is left over on one backend, and in the folder of sockets. */
export async function findLeftovers(
  runHome: string,
  backend: Backend,
  now: () => number,
): Promise<readonly FoundLeftover[]> {
  const found = (await backend.find()).map((leftover): FoundLeftover => ({
    ...leftover,
    remove: () => backend.sweep(leftover),
  }));
  for (const id of await readdir(runHome).catch(() => [])) {
    const dir = join(runHome, id);
    if (await isLeft(dir, now))
      found.push({
        id,
        what: "folder for sockets",
        remove: () => removeLeft(dir, now),
      });
  }
  return found;
}

/** Returns what was removed; one that cannot be removed keeps no other, and is told in the end. */
export async function sweepLeftovers(
  runHome: string,
  backend: Backend,
  now: () => number,
): Promise<readonly string[]> {
  const removed: string[] = [];
  const stuck: unknown[] = [];
  for (const { id, what, remove } of await findLeftovers(runHome, backend, now)) {
    try {
      await remove();
      removed.push(`${id}: ${what}`);
    } catch (error) {
      stuck.push(error);
    }
  }
  if (stuck.length > 0) throw new AggregateError(stuck, stuck.map(String).join("; "));
  return removed;
}

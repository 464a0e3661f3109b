/** What writers, removers and `apply` left among the records when they died: nobody will ever look for it again. */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makerLives } from "../host/process.ts";
import { isHeld } from "../lifecycle/run-directory.ts";
import type { FoundLeftover } from "../lifecycle/sweep.ts";
import { writerOf } from "../record/atomic.ts";
import { isBottleId, recordPaths, recordsDir } from "../record/paths.ts";
import { halfRemoved, removeRecord } from "../record/remove.ts";
import type { RemoveOptions } from "../record/remove.ts";

export interface ScrapPlaces extends Omit<RemoveOptions, "id"> {
  readonly runHome: string;
}

export async function scraps(places: ScrapPlaces): Promise<readonly FoundLeftover[]> {
  const half = await halfRemoved(places.stateHome);
  const finished = half.map((id): FoundLeftover => ({
    id,
    what: "a record that was being removed",
    remove: () => removeRecord({ ...places, id }),
  }));
  const ids = (await names(recordsDir(places.stateHome))).filter(isBottleId);
  const within = await Promise.all(ids.map((id) => scrapsOf(id, places)));
  return [...finished, ...within.flat(), ...(await lostKeys([...ids, ...half], places))];
}

/** In one record: what was being written, and the whole of it if nothing ever was. */
async function scrapsOf(id: string, places: ScrapPlaces): Promise<readonly FoundLeftover[]> {
  const { dir } = recordPaths(places.stateHome, id);
  const entries = await names(dir);
  if (
    !entries.includes("state.json") &&
    entries.every((name) => writerOf(name) !== undefined) &&
    // Its supervisor may just be about to say what it is.
    !(await isHeld(join(places.runHome, id)))
  )
    return [
      { id, what: "a record that never began", remove: () => removeRecord({ ...places, id }) },
    ];
  return abandoned(dir, id, entries);
}

/** Of the keys: what was being written, and those of bottles that have no record any more. */
async function lostKeys(
  ids: readonly string[],
  places: ScrapPlaces,
): Promise<readonly FoundLeftover[]> {
  const { keyDir, sealDir } = recordPaths(places.stateHome, "any-00000");
  const known = new Set(ids);
  const found: FoundLeftover[] = [];
  for (const dir of [keyDir, sealDir])
    for (const name of await names(dir)) {
      const id = name.slice(0, name.indexOf("."));
      if (!isBottleId(id)) continue;
      if (known.has(id)) found.push(...(await abandoned(dir, id, [name])));
      // The bottle may have been made since the records were listed.
      else if (!(await isThere(recordPaths(places.stateHome, id).dir)))
        found.push({
          id,
          what: `lost ${name}`,
          remove: () => rm(join(dir, name), { force: true }),
        });
    }
  return found;
}

/** Files that were being written, and folders of `apply`, whose makers died. */
async function abandoned(
  dir: string,
  id: string,
  entries: readonly string[],
): Promise<readonly FoundLeftover[]> {
  const found: FoundLeftover[] = [];
  for (const name of entries) {
    const maker = writerOf(name) ?? /^apply-(\d+\.\d+)-/.exec(name)?.[1];
    const left = maker === undefined ? await isOldScrap(join(dir, name), name) : !makerLives(maker);
    if (left)
      found.push({
        id,
        what: `unfinished ${name}`,
        remove: () => rm(join(dir, name), { recursive: true, force: true }),
      });
  }
  return found;
}

/** Milliseconds; a younger one may be somebody's who is at work. */
const workTime = 3_600_000;

/** Those of an older version do not say whose they are. */
async function isOldScrap(path: string, name: string): Promise<boolean> {
  if (!/\.[0-9a-f]{12}\.tmp$/.test(name) && !/^apply-[A-Za-z0-9]{6}$/.test(name)) return false;
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Math.abs(Date.now() - found.mtimeMs) > workTime;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function names(dir: string): Promise<string[]> {
  return readdir(dir).catch((): string[] => []);
}

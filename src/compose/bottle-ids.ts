/** Ids of bottles, for whoever types one: read from records alone, so that the answer comes at once. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../host/process.ts";
import { readFields } from "../record/fields.ts";
import { isBottleId, recordsDir } from "../record/paths.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

export type BottleKind = "running" | "stopped" | "all";

/** More are not looked at. */
const mostRecords = 500;

/** In order of their names. What is no id of ours is left out, whoever made the folder. */
export async function bottleIds(host: Host, kind: BottleKind): Promise<readonly string[]> {
  const root = recordsDir(hostPaths(host).stateHome);
  const entries = await readdir(root, { withFileTypes: true });
  const ids = entries
    .filter((entry) => entry.isDirectory() && isBottleId(entry.name))
    .map((entry) => entry.name)
    .sort()
    .slice(0, mostRecords);
  if (kind === "all") return ids;
  const lives = await Promise.all(ids.map((id) => runs(join(root, id, "state.json"))));
  return ids.filter((_id, index) => lives[index] === (kind === "running"));
}

/** As its record says, and if its supervisor's process is still that one. */
async function runs(file: string): Promise<boolean> {
  const state = (await readFields(file).catch(() => undefined)) ?? {};
  const { pid, ticks } = state;
  if (state["state"] !== "starting" && state["state"] !== "running") return false;
  if (typeof pid !== "number" || typeof ticks !== "number") return false;
  return isAlive({ pid, started: ticks });
}

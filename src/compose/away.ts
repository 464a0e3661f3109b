/** Work of a bottle that is on another machine: brought into its record before anybody reads it there, or given up. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { settleCarried } from "../carry/commit.ts";
import { BottleError } from "../errors/error.ts";
import type { Backend } from "../lifecycle/backend.ts";
import { silentSupervisor, toldError } from "../lifecycle/loss.ts";
import { awayFile } from "../lifecycle/supervisor/carried-work.ts";
import { askSync } from "../lifecycle/visit.ts";
import type { LinkName, RungName } from "../manifest/manifest.ts";
import type { ReadRecord } from "../record/read.ts";
import { readRecord } from "../record/read.ts";
import type { BottleInfo } from "./bottles.ts";
import { lives } from "./living.ts";
import { controlSocket, hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { openPlace } from "./place.ts";
import { backendFor } from "./registry.ts";

/** Milliseconds for a whole workspace to come over a network. */
const syncPatience = 600_000;

/** True if the record may lack what the bottle did. */
export function isAway(info: Pick<BottleInfo, "record">): boolean {
  return existsSync(join(info.record, awayFile));
}

/** After it the record has the bottle's work as it is now, or, of one that has ended, as it was left. */
export async function bringHome(host: Host, info: BottleInfo): Promise<void> {
  if (!isAway(info)) return;
  if (lives(info)) {
    const answer = await askSync(controlSocket(host, info.id), syncPatience);
    if (answer?.error !== undefined) throw toldError(answer.error);
    if (answer !== undefined) return;
    throw silentSupervisor(info.id, "It does not bring the bottle's work here.");
  }
  const record = await readRecord({ stateHome: hostPaths(host).stateHome, id: info.id });
  // What had come in whole when something died is the newest that there is for sure.
  settleCarried(info.record);
  const left = {
    id: info.id,
    workspace: join(info.record, "workspace"),
    home: join(info.record, "home"),
    room: roomOf(record),
  };
  const fetched = await withItsBackend(host, info, record, (backend) => backend.fetch?.(left));
  if (fetched !== true) throw notThere(info);
  rmSync(join(info.record, awayFile), { force: true });
}

/** What is on its machine goes; a machine that is gone keeps nothing. */
export async function giveUp(host: Host, info: BottleInfo): Promise<void> {
  const record = await readRecord({ stateHome: hostPaths(host).stateHome, id: info.id });
  if (!isAway(info) && info.place === "local") return;
  await withItsBackend(host, info, record, (backend) => backend.discard?.(info.id)).catch(
    () => undefined,
  );
}

async function withItsBackend<T>(
  host: Host,
  { place, rung }: BottleInfo,
  { files }: ReadRecord,
  act: (backend: Backend) => Promise<T> | undefined,
): Promise<T | undefined> {
  const link: LinkName = files.plan?.["link"] === "socket" ? "socket" : "network";
  const ownUsers = files.plan?.["ownUsers"] === true;
  const isolation = { rung: rung as RungName, link, place, ownUsers };
  const { env, uid, dist } = host;
  if (place === "local") {
    const backend = await backendFor(isolation, { env, uid, dist });
    return backend === undefined ? undefined : await act(backend);
  }
  const { runHome } = hostPaths(host);
  await using connection = await openPlace({ env, runHome, place, ttlMs: 0 });
  const backend = await backendFor(isolation, { env, uid, dist, socket: connection.socket });
  return backend === undefined ? undefined : await act(backend);
}

function roomOf({ files }: ReadRecord): number {
  const limits = files.plan?.["limits"];
  const found = (Array.isArray(limits) ? limits : []).find(
    (one: unknown): one is { readonly value: number } =>
      typeof one === "object" &&
      one !== null &&
      "name" in one &&
      one.name === "disk" &&
      "value" in one &&
      typeof one.value === "number",
  );
  return found?.value ?? 0;
}

function notThere({ id, place }: BottleInfo): BottleError {
  return new BottleError({
    code: "E_CARRY_OUT",
    what: `The work of ${id} is neither in its record nor on its machine (${place}).`,
    why: "The daemon there has no volume of the bottle, or it is another daemon.",
    next: `The record has what came last. To work with that, remove the file ${awayFile} in it.`,
  });
}

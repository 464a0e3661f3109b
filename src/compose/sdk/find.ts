/** The SDK's verbs about bottles that are there: list them, join a living one, take up a stopped one. */
import { attachSession } from "../../lifecycle/session.ts";
import { callSupervisor } from "../../lifecycle/visit.ts";
import { findBottle, listBottles as list } from "../bottles.ts";
import type { BottleInfo } from "../bottles.ts";
import { gone, lives, stillRunning } from "../living.ts";
import { controlSocket } from "../paths.ts";
import type { Host } from "../paths.ts";
import { livingBottle, stoppedBottle } from "./bottle.ts";
import type { Bottle, StoppedBottle } from "./bottle.ts";
import { outputOf, thisHost } from "./options.ts";
import type { HostOptions, RunOptions } from "./options.ts";

/** Every bottle that has a record, oldest first. */
export function listBottles(
  options: HostOptions = {},
  host: Host = thisHost(options),
): Promise<readonly BottleInfo[]> {
  return list(host);
}

/** Joins a living bottle: its output comes from now on, after what stands on its screen. It watches; it does not type. */
export async function attachBottle(
  id: string,
  options: Pick<RunOptions, "env" | "output"> = {},
  host: Host = thisHost(options),
): Promise<Bottle> {
  const socket = await callSupervisor(controlSocket(host, id));
  if (socket === undefined) throw gone(await findBottle(host, id));
  const wish = { typing: false, take: false, size: null };
  const session = attachSession(socket, id, wish, outputOf(options));
  await session.attached;
  return livingBottle(host, session, false);
}

/** A bottle that ended. Throws `E_BOTTLE_RUNNING` for one that lives. */
export async function openStopped(
  id: string,
  options: HostOptions = {},
  host: Host = thisHost(options),
): Promise<StoppedBottle> {
  const found = await findBottle(host, id);
  if (lives(found)) throw stillRunning(id, "Join it with `attachBottle`, or stop it.");
  return stoppedBottle(host, found);
}

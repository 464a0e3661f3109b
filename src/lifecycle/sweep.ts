/** Removes what bottles of dead supervisors left on this host. Work stays: records and workspaces are not touched. */
import { readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "./backend.ts";

/** Milliseconds after which a folder without a control socket is no launch that is under way any more. */
const launchTime = 60_000;
/** Milliseconds between bind(2) and listen(2) of a new socket, and many more. */
const breath = 100;

/** Returns what was removed; one that cannot be removed keeps no other, and is told in the end. */
export async function sweepLeftovers(
  runHome: string,
  backend: Backend,
  now: () => number,
): Promise<readonly string[]> {
  const removed: string[] = [];
  const stuck: unknown[] = [];
  const take = async (what: string, remove: () => Promise<void>): Promise<void> => {
    try {
      await remove();
      removed.push(what);
    } catch (error) {
      stuck.push(error);
    }
  };
  for (const leftover of await backend.find())
    await take(`${leftover.id}: ${leftover.what}`, () => backend.sweep(leftover));
  for (const id of await readdir(runHome).catch(() => [])) {
    const dir = join(runHome, id);
    if (await isAbandoned(dir, now))
      await take(`${id}: folder for sockets`, () => rm(dir, { recursive: true, force: true }));
  }
  if (stuck.length > 0) throw new AggregateError(stuck, stuck.map(String).join("; "));
  return removed;
}

/** A living supervisor answers on its control socket; a dead one's socket refuses (unix(7)). */
export async function isAbandoned(dir: string, now: () => number): Promise<boolean> {
  const socket = join(dir, "control.sock");
  const answer = await knock(socket);
  if (answer === "ECONNREFUSED") {
    // So does one that was bound this very moment and does not listen yet.
    await sleep(breath);
    return (await knock(socket)) === "ECONNREFUSED";
  }
  if (answer !== "ENOENT") return false;
  const found = await stat(dir).catch(() => undefined);
  return found !== undefined && now() - found.mtimeMs > launchTime;
}

function knock(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.setTimeout(1000, () => socket.destroy());
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.once("connect", () => {
      socket.destroy();
      resolve("alive");
    });
    socket.once("close", () => resolve("no answer"));
  });
}

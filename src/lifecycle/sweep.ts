/** Removes what bottles of dead supervisors left on this host. Work stays: records and workspaces are not touched. */
import { readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Backend } from "./backend.ts";

/** Milliseconds after which a folder without a control socket is no launch that is under way any more. */
const launchTime = 60_000;

/** Returns what was removed; one that cannot be removed keeps no other. */
export async function sweepLeftovers(
  runHome: string,
  backend: Backend,
  now: () => number,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const leftover of await backend.find()) {
    await backend.sweep(leftover);
    removed.push(`${leftover.id}: ${leftover.what}`);
  }
  for (const id of await readdir(runHome).catch(() => [])) {
    const dir = join(runHome, id);
    if (!(await isAbandoned(dir, now))) continue;
    await rm(dir, { recursive: true, force: true });
    removed.push(`${id}: folder for sockets`);
  }
  return removed;
}

/** A living supervisor answers on its control socket; a dead one's socket refuses (unix(7)). */
async function isAbandoned(dir: string, now: () => number): Promise<boolean> {
  const answer = await knock(join(dir, "control.sock"));
  if (answer === "ECONNREFUSED") return true;
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

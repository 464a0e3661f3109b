/** Starts the supervisor's process of this installation. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { spawnSupervisor } from "../lifecycle/spawn.ts";
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";
import { runHome } from "./paths.ts";
import type { Host } from "./paths.ts";

export function prefork(host: Pick<Host, "dist" | "env">): SpawnedSupervisor {
  return spawnSupervisor(
    { node: process.execPath, script: join(host.dist, "supervisor.js") },
    host.env,
  );
}

/** A prepared bottle waits, perhaps for this very start: then a supervisor of its own would only be in its way. */
export function hasPrepared(host: Host): boolean {
  try {
    const dir = runHome(host);
    return readdirSync(dir).some((id) => existsSync(join(dir, id, "prepared")));
  } catch {
    return false;
  }
}

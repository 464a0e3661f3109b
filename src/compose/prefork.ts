/** Starts the supervisor's process of this installation. */
import { join } from "node:path";
import { spawnSupervisor } from "../lifecycle/spawn.ts";
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";
import type { Host } from "./paths.ts";

export function prefork(host: Host): SpawnedSupervisor {
  return spawnSupervisor(
    { node: process.execPath, script: join(host.dist, "supervisor.js") },
    host.env,
  );
}

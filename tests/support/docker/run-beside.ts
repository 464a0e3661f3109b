/** Runs a command beside a Docker daemon of the tests' own, and ends the daemon after it: what scripts/with-docker.js bundles. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { gvisorRegistration } from "../../../src/backends/docker/gvisor/runtime.ts";
import { buildRunsc } from "../gvisor/runsc.ts";
import { openDaemon } from "./daemon.ts";
import type { DaemonOptions } from "./daemon.ts";
import { lacksPlace } from "./place.ts";

const gvisor = process.argv[2] === "--gvisor";
const command = process.argv.slice(gvisor ? 3 : 2);
await using daemon = await openDaemon({
  networks: lacksPlace() === undefined,
  ...(gvisor && { runtimes: await runtimes() }),
});
// Where the daemon's bridge is: what the command listens on is for its containers to reach.
const [program = "", ...args] = daemon.place?.enter(command) ?? command;
// Ctrl-C is for the command, whose end is waited for.
process.on("SIGINT", () => undefined);
const env = { ...process.env, DOCKER_HOST: `unix://${daemon.socket}` };
const child = spawn(program, args, { stdio: "inherit", env });
const [code] = (await once(child, "close")) as [number | null];
process.exitCode = code ?? 1;

/** Ours, and the one that people register by hand. */
async function runtimes(): Promise<NonNullable<DaemonOptions["runtimes"]>> {
  const built = await buildRunsc();
  if (!built.ok) throw new Error(built.why);
  const path = built.program;
  return { ...gvisorRegistration(path).entries(path), runsc: { path, runtimeArgs: [] } };
}

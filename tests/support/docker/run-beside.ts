/** Runs a command beside a Docker daemon of the tests' own, and ends the daemon after it: what scripts/with-docker.js bundles. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openDaemon } from "./daemon.ts";
import { lacksPlace } from "./place.ts";

await using daemon = await openDaemon({ networks: lacksPlace() === undefined });
const command = process.argv.slice(2);
// Where the daemon's bridge is: what the command listens on is for its containers to reach.
const [program = "", ...args] = daemon.place?.enter(command) ?? command;
// Ctrl-C is for the command, whose end is waited for.
process.on("SIGINT", () => undefined);
const env = { ...process.env, DOCKER_HOST: `unix://${daemon.socket}` };
const child = spawn(program, args, { stdio: "inherit", env });
const [code] = (await once(child, "close")) as [number | null];
process.exitCode = code ?? 1;

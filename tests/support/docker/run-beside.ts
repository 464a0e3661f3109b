/** Runs a command beside a Docker daemon of the tests' own, and ends the daemon after it: what scripts/with-docker.js bundles. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openDaemon } from "./daemon.ts";

const [program = "", ...args] = process.argv.slice(2);
await using daemon = await openDaemon();
// Ctrl-C is for the command, whose end is waited for.
process.on("SIGINT", () => undefined);
const env = { ...process.env, DOCKER_HOST: `unix://${daemon.socket}` };
const child = spawn(program, args, { stdio: "inherit", env });
const [code] = (await once(child, "close")) as [number | null];
process.exitCode = code ?? 1;

/** The entry of the supervisor's process: one bottle, ordered over descriptor 3, and then the end. */
import { Socket } from "node:net";
import { supervise } from "../lifecycle/supervisor/run.ts";
import { supervisorParts } from "./parts.ts";
import { usualBackend, providerFor } from "./registry.ts";

// The client's terminal is none of ours: its closing, or a Ctrl-C in it, ends the client and not the bottle.
process.on("SIGHUP", () => undefined);
process.on("SIGINT", () => undefined);

// The parts that nearly every bottle needs load while the order is still being written.
for (const early of [
  usualBackend("namespace", { env: {}, uid: process.getuid?.() ?? -1, dist: "/" }),
  providerFor("claude"),
])
  early.catch(() => undefined);

const first = new Socket({ fd: 3, readable: true, writable: true });
// A system that shuts down asks first: the agent is stopped and the record closed.
const end = new AbortController();
process.on("SIGTERM", () => end.abort());

// By itself: Node's own end waits for handles of dead connections, at times for ever and in a busy loop.
void supervise(first, supervisorParts, end.signal).finally(() => process.exit());

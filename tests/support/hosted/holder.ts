/**
 * What a daemon is to a container, for one program: it lives on when the supervisor dies, hands the program's streams to whoever
 * connects last, and loses what the program says while nobody does. SIGUSR1 cuts the connection, SIGUSR2 lets nobody in, or in again.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/** Standard JavaScript: it runs by itself. */
const script = `
const { spawn } = require("node:child_process");
const { createServer } = require("node:net");
const { node, argv, socket } = JSON.parse(process.argv[1]);
const child = spawn(node, argv, { stdio: ["pipe", "pipe", "inherit"], env: { PATH: "/usr/bin:/bin" } });
for (const stream of [child.stdin, child.stdout]) stream.on("error", () => undefined);
let current;
let closed = false;
const cut = () => { current?.destroy(); current = undefined; };
child.stdout.on("data", (bytes) => current?.write(bytes));
child.once("exit", (code) => process.exit(code ?? 1));
const server = createServer((connection) => {
  connection.on("error", () => undefined);
  if (closed) return connection.destroy();
  cut();
  current = connection;
  connection.on("data", (bytes) => child.stdin.write(bytes));
});
process.on("SIGUSR1", cut);
process.on("SIGUSR2", () => { closed = !closed; cut(); });
process.on("SIGTERM", () => child.kill("SIGKILL"));
server.listen(socket);
`;

export interface Holding {
  readonly node: string;
  readonly argv: readonly string[];
  /** Where connections to the program are made. */
  readonly socket: string;
}

export function hold(holding: Holding): ChildProcess {
  return spawn(process.execPath, ["-e", script, "--", JSON.stringify(holding)], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: "/usr/bin:/bin" },
  });
}

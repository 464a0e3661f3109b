/**
 * The entry of a bottle's gateway that runs beside it:  gateway-host.js --ttl SECONDS --address ADDRESS
 * No secret is in its arguments, its environment or a file; its standard error has its last words, and none of them from outside.
 */
import { readFileSync } from "node:fs";
import { Socket, isIP } from "node:net";
import { forbidCores } from "../gateway-alone/cores.ts";
import { runProgram } from "./program.ts";

const [ttlFlag, ttl, addressFlag, address = "", ...rest] = process.argv.slice(2);
process.title = "bottle-gateway";
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => exit(0));
process.on("uncaughtException", (error: NodeJS.ErrnoException) => {
  // Where it was, and not what it was about.
  exit(1, `${error.code ?? error.name} ${/\n\s+(at [^\n]*)/.exec(error.stack ?? "")?.[1] ?? ""}`);
});

if (ttlFlag !== "--ttl" || addressFlag !== "--address" || rest.length > 0)
  exit(2, "usage: gateway-host --ttl SECONDS --address ADDRESS");
else if (!(Number(ttl) > 0) || isIP(address) === 0) exit(2, "no time, or no address");
else
  runProgram({
    // Not process.stdout: Node writes to a pipe there as long as it takes, and answers nobody meanwhile.
    input: new Socket({ fd: 0, readable: true, writable: false }),
    output: new Socket({ fd: 1, readable: false, writable: true }),
    address,
    ttl: Number(ttl) * 1000,
    coresForbidden: coresForbidden(),
    exit,
  });

/** By whoever started it, or now; a system that has no such limits has no such dumps. */
async function coresForbidden(): Promise<boolean> {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "latin1");
  } catch {
    return true;
  }
  const [, soft] = /^Max core file size +(\S+)/m.exec(limits) ?? [];
  return soft === undefined || Number(soft) <= 1 || forbidCores();
}

function exit(code: number, why?: string): void {
  if (why !== undefined) process.stderr.write(`bottle-gateway: ${why}\n`);
  process.exit(code);
}

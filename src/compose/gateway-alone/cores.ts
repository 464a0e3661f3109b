/** No core dump of a process that holds secrets (core(5)). */
import { execFile } from "node:child_process";

/** False where the system has no prlimit(1). A limit of 1 byte, not 0: with 0 the kernel still pipes a core to a program. */
export function forbidCores(pid: number = process.pid): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("/usr/bin/prlimit", ["--pid", String(pid), "--core=1:1"], (error) =>
      resolve(error === null),
    );
  });
}

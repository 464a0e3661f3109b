/** Descriptors that leaked into this process from whoever started it: an agent must not find one. */
import { closeSync, readFileSync, readdirSync } from "node:fs";

/** `O_CLOEXEC` in the octal flags of proc_pid_fdinfo(5). */
const closeOnExec = 0o2000000;

/**
 * Closes every descriptor above `last` that is not close-on-exec: Node opens its own so, and marks inherited ones only
 * up to the first gap, so the others came from outside and would go on to the agent.
 */
export function closeInherited(last: number): void {
  for (const name of readdirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (fd <= last) continue;
    try {
      const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"));
      if (flags?.[1] === undefined || (Number.parseInt(flags[1], 8) & closeOnExec) === 0)
        closeSync(fd);
    } catch {
      // The directory's own descriptor: closed already.
    }
  }
}

/** What the kernel says about the helper itself (proc_pid_status(5)); the agent inherits all of it. */
import { readFileSync } from "node:fs";
import { attempt } from "./probe.ts";
import type { Probe } from "./probe.ts";

function field(name: string): string {
  const status = readFileSync("/proc/self/status", "utf8");
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "missing";
}

const capabilitySets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

export const statusProbes: readonly Probe[] = [
  { name: "seccomp-mode", run: () => attempt(() => field("Seccomp")) },
  { name: "no-new-privs", run: () => attempt(() => field("NoNewPrivs")) },
  {
    name: "capabilities",
    run: () =>
      attempt(() => {
        const held = capabilitySets.filter((name) => !/^0+$/.test(field(name)));
        return held.length === 0 ? "none" : held.join(" ");
      }),
  },
  {
    // Real, effective, saved and file-system user id: none may be the superuser's, not even of the bottle's own namespace.
    name: "user-id",
    run: () =>
      attempt(() => (field("Uid").split(/\s+/).includes("0") ? "superuser" : "ordinary user")),
  },
];

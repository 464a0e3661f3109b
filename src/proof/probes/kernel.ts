/** Whose kernel answers: proc(5) is made by it, and nothing that an image brings can stand in its place. */
import { readFileSync } from "node:fs";
import { attempt } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** gVisor calls itself so since 2025; before, it had the date of its first commit in place of a build's. */
const gvisor = /-gvisor\b|#1 SMP Sun Jan 10 15:06:54 PST 2016/;

export const kernelProbes: readonly Probe[] = [
  {
    name: "kernel",
    run: () =>
      attempt(() => {
        const version = readFileSync("/proc/version", "latin1").trim();
        return gvisor.test(version)
          ? "gvisor"
          : version.split(" ").slice(0, 3).join(" ").slice(0, 100);
      }),
  },
  {
    // Of a machine of its own: no personality(2) changes this one, and another kernel cannot but have another.
    name: "guest-kernel",
    run: () =>
      attempt(() => readFileSync("/proc/sys/kernel/osrelease", "latin1").trim().slice(0, 100)),
  },
];

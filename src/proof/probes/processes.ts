/** Other processes and namespaces: the bottle sees only its own. */
import { readFileSync, readlinkSync, statSync } from "node:fs";
import { attempt } from "./probe.ts";
import type { Probe } from "./probe.ts";

export const processProbes: readonly Probe[] = [
  {
    name: "host-process",
    run: (targets) =>
      attempt(() => {
        statSync(`/proc/${targets.hostPid}`);
        return "visible";
      }),
  },
  {
    name: "host-process-signal",
    run: (targets) =>
      attempt(() => {
        process.kill(targets.hostPid, 0);
        return "reached";
      }),
  },
  {
    // The first process of the bottle's own namespace started the helper (pid_namespaces(7)).
    name: "first-process",
    run: () => (process.ppid === 1 ? "the bottle's own" : `parent is ${process.ppid}`),
  },
  {
    name: "shared-namespaces",
    run: (targets) => {
      const shared = Object.entries(targets.hostNamespaces)
        .filter(([name, link]) => attempt(() => readlinkSync(`/proc/self/ns/${name}`)) === link)
        .map(([name]) => name);
      return shared.length === 0 ? "none" : shared.toSorted().join(" ");
    },
  },
  {
    // What the first process was started with stays readable to everybody of its user (proc_pid_environ(5)).
    name: "environment",
    run: () => {
      const names = new Set([...Object.keys(process.env), ...firstProcessNames()]);
      const unknown = [...names].filter((name) => !knownVariables.has(name));
      return unknown.length === 0
        ? "nothing unknown"
        : unknown.slice(0, 10).join(" ").slice(0, 200);
    },
  },
];

const knownVariables: ReadonlySet<string> = new Set(["PATH", "HOME", "PWD", "LANG", "TZ"]);

function firstProcessNames(): readonly string[] {
  try {
    const pairs = readFileSync("/proc/1/environ", "latin1").split("\0");
    return pairs.filter((pair) => pair !== "").map((pair) => pair.split("=")[0] ?? "");
  } catch {
    // Unreadable is as good as empty.
    return [];
  }
}

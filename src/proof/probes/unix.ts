/** Unix sockets of a neighbour: abstract ones live in a network namespace, the others in the file system (unix(7)). */
import type { ProbeTargets } from "../../helper/protocol.ts";
import type { Probe } from "./probe.ts";
import { tryConnect } from "./tcp.ts";

function neighbour(targets: ProbeTargets, abstract: boolean): Promise<string> | string {
  const target = targets.unix.find((candidate) => candidate.abstract === abstract);
  if (target === undefined) return "no target";
  return tryConnect({ path: abstract ? `\0${target.path}` : target.path });
}

export const unixProbes: readonly Probe[] = [
  { name: "neighbour-abstract-socket", run: (targets) => neighbour(targets, true) },
  { name: "neighbour-path-socket", run: (targets) => neighbour(targets, false) },
];

/** Finds everything on this machine that belongs to one scene, by its mark: other bottles run here at the same time. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { groupBases, readGroupFacts } from "../../../src/backends/namespace/groups/bases.ts";
import { groupsFolder } from "../../../src/backends/namespace/groups/name.ts";
import { readProcess } from "../../../src/host/process.ts";
import type { Process } from "../../../src/host/process.ts";

const kinds = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"] as const;

export interface OurProcess extends Process {
  readonly command: readonly string[];
  /** `mnt:[4026531841]`; those of the host itself are left out. */
  readonly namespaces: readonly string[];
}

/**
 * Every living process whose arguments or environment hold the mark, or that has the marked workspace mounted, and what
 * descends from one.
 */
export function ourProcesses(mark: string): readonly OurProcess[] {
  const host = new Set(namespacesOf("self"));
  const all = pids().flatMap((pid) => readProcess(pid) ?? []);
  const living = all.filter(({ zombie, pid }) => !zombie && pid !== process.pid);
  const ours = new Set(living.filter(({ pid }) => isMarked(pid, mark)).map(({ pid }) => pid));
  for (let before = -1; before !== ours.size;) {
    before = ours.size;
    for (const { pid, parent } of living) if (ours.has(parent)) ours.add(pid);
  }
  return living
    .filter(({ pid }) => ours.has(pid))
    .map((found) => ({
      ...found,
      command: words(found.pid, "cmdline"),
      namespaces: namespacesOf(String(found.pid)).filter((one) => !host.has(one)),
    }));
}

/**
 * Those seen before, or what they began since, that still live, and so keep their namespaces. By pid and start, and not by the
 * namespace's number: the kernel gives that to the next one that is made, and other bottles are made here all the time. Nobody
 * else can be in one: the first process of a pid namespace was seen, and none of it outlives that one (pid_namespaces(7)).
 */
export function leftInNamespaces(seen: readonly OurProcess[]): readonly string[] {
  const keys = new Set(seen.map(({ pid, started }) => `${pid} ${started}`));
  const living = pids()
    .flatMap((pid) => readProcess(pid) ?? [])
    .filter(({ zombie }) => !zombie);
  const left = new Set(
    living.filter(({ pid, started }) => keys.has(`${pid} ${started}`)).map(({ pid }) => pid),
  );
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const { pid, parent } of living) if (left.has(parent)) left.add(pid);
  }
  return [...left].map(
    (pid) => `${pid} ${words(pid, "cmdline").join(" ")} ${namespacesOf(String(pid)).join(" ")}`,
  );
}

/** Mounts of this mount namespace that hold the mark, or that keep a namespace alive (no other program here does that). */
export function ourMounts(mark: string): readonly string[] {
  return text("/proc/self/mountinfo")
    .split("\n")
    .filter((line) => line.includes(mark) || line.includes(" - nsfs "));
}

/** Control groups of bottles whose id begins with the mark. */
export function ourGroups(mark: string): readonly string[] {
  return groupBases(readGroupFacts()).flatMap(({ dir }) => {
    const folder = join(dir, groupsFolder);
    return names(folder)
      .filter((name) => name.startsWith(mark))
      .map((name) => join(folder, name));
  });
}

/** Bound unix sockets with the mark in their path. */
export function ourSockets(mark: string): readonly string[] {
  return text("/proc/net/unix")
    .split("\n")
    .filter((line) => line.includes(mark));
}

function isMarked(pid: number, mark: string): boolean {
  if (words(pid, "cmdline").some((word) => word.includes(mark))) return true;
  if (words(pid, "environ").some((word) => word.includes(mark))) return true;
  if (namespaceOf(String(pid), "mnt") === namespaceOf("self", "mnt")) return false;
  return text(`/proc/${pid}/mountinfo`).includes(` /work/ws-${mark} `);
}

function namespacesOf(pid: string): readonly string[] {
  return kinds.flatMap((kind) => namespaceOf(pid, kind) ?? []);
}

function namespaceOf(pid: string, kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

function words(pid: number, file: "cmdline" | "environ"): readonly string[] {
  return text(`/proc/${pid}/${file}`).split("\0");
}

function pids(): readonly number[] {
  return names("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

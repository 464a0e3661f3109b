/** Whose a container is: every one carries the bottle's id and its owner, so that whoever finds it can tell whether he lives. */
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isAlive, readProcess } from "../../host/process.ts";

export const idLabel = "claude-bottle.id";
export const ownerLabel = "claude-bottle.owner";

/** A supervisor as a label names it. */
export interface OwnerMark {
  readonly uid: number;
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly started: number;
  /** The boot and the process-id namespace that the numbers are of. */
  readonly boot: string;
  readonly processes: string;
  /** The machine that it runs on: a daemon may serve several. */
  readonly machine: string;
}

/** `pid` is a process of ours that lives as long as the bottle may. */
export function ownerMark(uid: number, pid: number): OwnerMark {
  const started = readProcess(pid)?.started ?? 0;
  return { uid, pid, started, boot: bootId(), processes: processesId(), machine: machineMark() };
}

export function writeOwner({ uid, pid, started, boot, processes, machine }: OwnerMark): string {
  return [uid, pid, started, boot, processes, machine].join(".");
}

export function readOwner(text: string): OwnerMark | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.([0-9a-f-]+)\.(\d+)\.([0-9a-f]{16})$/.exec(text);
  if (parts === null) return undefined;
  const [uid, pid, started] = parts.slice(1, 4).map(Number) as [number, number, number];
  return {
    uid,
    pid,
    started,
    boot: parts[4] ?? "",
    processes: parts[5] ?? "",
    machine: parts[6] ?? "",
  };
}

/**
 * `living`, `dead`, or `unknown`: of another machine, of another user (whose processes may be hidden, proc(5) hidepid), or of another
 * process-id namespace of this boot, where a number says nothing. What is unknown is left alone.
 */
export function ownerState(owner: OwnerMark, uid: number): "living" | "dead" | "unknown" {
  if (owner.uid !== uid || owner.machine !== machineMark()) return "unknown";
  if (owner.boot !== bootId()) return "dead";
  if (owner.processes !== processesId()) return "unknown";
  return isAlive(owner) ? "living" : "dead";
}

/**
 * This machine, told from others and by nobody else (machine-id(5) is not to be shown). Machines that were copied have one id: their
 * names tell them apart, and one whose name was changed finds what it left no more.
 */
export function machineMark(): string {
  let id = "";
  try {
    id = readFileSync("/etc/machine-id", "latin1").trim();
  } catch {
    // A system without one, such as a container.
  }
  return createHash("sha256")
    .update(`claude-bottle ${id} ${hostname()}`)
    .digest("hex")
    .slice(0, 16);
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
}

function processesId(): string {
  return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
}

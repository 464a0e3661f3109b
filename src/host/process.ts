/** One process of this host, told from any later one that gets its number. */
import { readFileSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
  /** Stopped by a signal (SIGSTOP, SIGTSTP), and doing nothing until SIGCONT. */
  readonly suspended: boolean;
  /** Clock ticks from boot to its start: with the pid, the same process for ever (proc_pid_stat(5), field 22). */
  readonly started: number;
}

/** One process, or undefined if it is gone. */
export function readProcess(pid: number): Process | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name in parentheses may hold anything, also parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    pid,
    parent: Number(fields[1]),
    zombie: fields[0] === "Z" || fields[0] === "X",
    suspended: fields[0] === "T",
    started: Number(fields[19]),
  };
}

/** True while `process` itself, not a later one with its pid, has anything left to do. */
export function isAlive(process: Pick<Process, "pid" | "started">): boolean {
  const now = readProcess(process.pid);
  return now !== undefined && now.started === process.started && !now.zombie;
}

/** This process as part of a file's name: whoever finds the file later can tell whether its maker still lives. */
export function ownMark(): string {
  return `${process.pid}.${readProcess(process.pid)?.started ?? 0}`;
}

/** Whether the process of such a mark lives. */
export function makerLives(mark: string): boolean {
  const [pid, started] = mark.split(".").map(Number);
  return pid !== undefined && started !== undefined && isAlive({ pid, started });
}

/** Starts a program and tells how it ended, whatever the way: a failed start looks like a shell's. */
import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import type { Command } from "./requests.ts";

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartEvents {
  readonly started: (pid: number) => void;
  /** The program could not be started; `exit` follows. */
  readonly refused: (why: string) => void;
  readonly exit: (exit: Exit) => void;
}

/** The program's process, or undefined where it could not be started; `exit` is called exactly once, never before return. */
export function start(
  command: Command,
  options: Pick<SpawnOptions, "stdio" | "detached">,
  events: StartEvents,
): ChildProcess | undefined {
  const [file, ...args] = command.argv;
  const refuse = (error: unknown): void => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    events.refused(`cannot start ${file}: ${code}`);
    // The codes of a shell: 127 not found, 126 found but not to be run.
    events.exit({ code: code === "ENOENT" ? 127 : 126, signal: null });
  };
  try {
    const child = spawn(file ?? "", args, { ...options, cwd: command.cwd, env: command.env });
    child.once("spawn", () => events.started(child.pid ?? 0));
    child.once("error", (error) => {
      if (child.pid === undefined) refuse(error);
    });
    child.once("exit", (code, signal) => events.exit({ code, signal }));
    return child;
  } catch (error) {
    setImmediate(() => refuse(error));
    return undefined;
  }
}

/** Signals the program's process group, or the program alone as long as it leads none; one that is gone is no error. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // ESRCH: no such group yet, or gone.
    }
  }
}

/** Runs a program that prints a secret: no shell, bounded in time and size, and nothing of it lives longer. */
import { spawn } from "node:child_process";
import { escapeControls } from "../../manifest/quote.ts";
import { tokenShape } from "../../manifest/token-shapes.ts";

const maxOutput = 64 * 1024;
const maxComplaint = 2048;

export interface ProgramDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** How it ended, and what it said. */
export interface Outcome {
  readonly end: "exited" | "late" | "flood";
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Arguments and stdout are never shown; stderr is, unless it repeats what must stay hidden. */
export function complaint({ stdout, stderr }: Outcome): string | undefined {
  const hidden = stdout.toString("latin1").trim();
  const text = stderr.trim();
  if (text === "") return undefined;
  if (
    tokenShape(text) !== undefined ||
    hidden.split(/\s+/).some((word) => word.length > 3 && text.includes(word))
  )
    return "Its message may hold the secret and is not shown.";
  return `It says: ${escapeControls(text.replaceAll(/\s*\n\s*/g, " / "))}`;
}

/** A process group of its own (setsid(2)), so that the end of the wait is the end of everything it started. */
export function runProgram(
  program: string,
  args: readonly string[],
  deps: ProgramDeps,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...deps.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      shell: false,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = "";
    let end: Outcome["end"] = "exited";
    const kill = (why: Outcome["end"]): void => {
      end = why;
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => kill("late"), deps.timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutput) kill("flood");
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < maxComplaint)
        stderr = (stderr + chunk.toString("latin1")).slice(0, maxComplaint);
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ end, code, signal, stdout: Buffer.concat(chunks), stderr });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: nothing of the group is left, which is what was wanted.
  }
}

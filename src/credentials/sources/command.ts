/** `command:ARGV`: a secret that a program prints, such as a password manager; no shell, bounded in time and size. */
import { spawn } from "node:child_process";
import { BottleError } from "../../errors/error.ts";
import { escapeControls } from "../../manifest/quote.ts";
import { tokenShape } from "../../manifest/token-shapes.ts";
import { secretFromBytes } from "./value.ts";

const maxOutput = 64 * 1024;
const maxComplaint = 2048;

export interface CommandDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

interface Outcome {
  readonly end: "exited" | "late" | "flood";
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export async function readCommandSecret(
  argv: readonly string[],
  deps: CommandDeps,
): Promise<string> {
  const [program = "", ...args] = argv;
  const shown = `command:${program}`;
  const outcome = await run(program, args, deps).catch((error: unknown) => {
    const code =
      error instanceof Error && "code" in error ? String(error.code) : "an unknown error";
    throw failed(`The program ${program} cannot be started.`, `The system says ${code}.`);
  });
  if (outcome.end === "late")
    throw failed(
      `The program ${program} did not print its secret within ${deps.timeoutMs / 1000} s.`,
      complaint(outcome),
    );
  if (outcome.end === "flood")
    throw failed(`The program ${program} printed more than 64 KiB.`, undefined);
  if (outcome.code !== 0)
    throw failed(
      `The program ${program} failed with ${outcome.signal ?? `exit code ${outcome.code}`}.`,
      complaint(outcome),
    );
  return secretFromBytes(outcome.stdout, shown);
}

/** Arguments and stdout are never shown; stderr is, unless it repeats what must stay hidden. */
function complaint({ stdout, stderr }: Outcome): string | undefined {
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

function failed(what: string, why: string | undefined): BottleError {
  return new BottleError({
    code: "E_SECRET_COMMAND",
    what,
    next: "Run it by hand and see whether it prints the secret alone.",
    ...(why !== undefined && { why }),
  });
}

/** A process group of its own (setsid(2)), so that the end of the wait is the end of everything it started. */
function run(program: string, args: readonly string[], deps: CommandDeps): Promise<Outcome> {
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

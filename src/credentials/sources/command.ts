/** `command:ARGV`: a secret that a program prints, such as a password manager; no shell, bounded in time and size. */
import { BottleError } from "../../errors/error.ts";
import { complaint, runProgram } from "./program.ts";
import type { ProgramDeps } from "./program.ts";
import { secretFromBytes } from "./value.ts";

export async function readCommandSecret(
  argv: readonly string[],
  deps: ProgramDeps,
): Promise<string> {
  const [program = "", ...args] = argv;
  const shown = `command:${program}`;
  const outcome = await runProgram(program, args, deps).catch((error: unknown) => {
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

function failed(what: string, why: string | undefined): BottleError {
  return new BottleError({
    code: "E_SECRET_COMMAND",
    what,
    next: "Run it by hand and see whether it prints the secret alone.",
    ...(why !== undefined && { why }),
  });
}

/** What every command ends with: one exit code, and an error in the form that was asked for. */
import { escapeJson } from "../terminal/print.ts";
import type { CliContext } from "./context.ts";
import { errorJson, exitCodeOf, renderError } from "./report.ts";

/** Runs a command's work; with `json`, stdout gets the error as an object too, so that a program never parses prose. */
export async function answer(
  context: CliContext,
  form: "text" | "json",
  work: () => Promise<number>,
): Promise<void> {
  const { process: host, env } = context;
  try {
    host.exitCode = await work();
  } catch (error) {
    if (form === "json") host.stdout.write(`${escapeJson(errorJson(error))}\n`);
    host.stderr.write(renderError(error, env["CLAUDE_BOTTLE_DEBUG"] !== undefined));
    host.exitCode = exitCodeOf(error);
  }
}

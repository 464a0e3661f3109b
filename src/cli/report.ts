/** How errors look on a terminal. The library carries data; this file alone styles it. */
import { BottleError, BottleErrors } from "../errors/error.ts";
import { escapeText } from "../terminal/print.ts";
import { exitCodes } from "./exit-codes.ts";

/** Codes that mean: the command line asks for what cannot be, and another one would do. */
const usageCodes: ReadonlySet<string> = new Set([
  "E_USAGE",
  "E_NO_TERMINAL",
  "E_PLAN_AGENT",
  "E_PLAN_PROMPT",
]);

/** The exit code an error leads to. */
export function exitCodeOf(error: unknown): number {
  return error instanceof BottleError && usageCodes.has(error.code)
    ? exitCodes.usage
    : exitCodes.bottleFailed;
}

/** Lines for stderr; never a stack trace unless it is a bug of ours and debugging is asked for. */
export function renderError(error: unknown, debug: boolean): string {
  if (error instanceof BottleErrors) return error.errors.map((one) => renderOne(one)).join("\n");
  if (error instanceof BottleError) return renderOne(error);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = debug && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  return `error E_INTERNAL: claude-bottle failed\n  why:  ${escapeText(what)}\n  next: this is a bug: please report it\n${stack}`;
}

/** JSON for programs, one object an error. */
export function errorJson(error: unknown): object {
  const list = error instanceof BottleErrors ? error.errors : [error];
  return {
    errors: list.map((one) =>
      one instanceof BottleError
        ? { code: one.code, what: one.message, why: one.why, next: one.next, ...one.place }
        : { code: "E_INTERNAL", what: one instanceof Error ? one.message : String(one) },
    ),
  };
}

function renderOne(error: BottleError): string {
  const { place } = error;
  const where =
    place === undefined
      ? ""
      : `${[place.file, place.line, place.column].filter((part) => part !== undefined).join(":")}: `;
  const lines = [`${escapeText(where)}error ${error.code}: ${escapeText(error.message)}`];
  if (error.why !== undefined) lines.push(`  why:  ${escapeText(error.why)}`);
  if (error.next !== undefined) lines.push(`  next: ${escapeText(error.next)}`);
  return `${lines.join("\n")}\n`;
}

/** What `bottle audit` does: prints the log line by line, or checks its chain. */
import { auditLines } from "../../record/lines.ts";
import { recordPaths } from "../../record/paths.ts";
import { verifyAudit } from "../../record/verify.ts";
import { hostPaths } from "../../compose/paths.ts";
import { escapeText } from "../../terminal/print.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { exitCodeOf, renderError } from "../report.ts";
import type { AuditFlags } from "./audit.ts";

export async function audit(this: CliContext, flags: AuditFlags, id: string): Promise<void> {
  try {
    this.process.exitCode = flags.verify
      ? await verify(this, flags, id)
      : await print(this, flags, id);
  } catch (error) {
    this.process.stderr.write(renderError(error, this.env["CLAUDE_BOTTLE_DEBUG"] !== undefined));
    this.process.exitCode = exitCodeOf(error);
  }
}

async function verify(context: CliContext, flags: AuditFlags, id: string): Promise<number> {
  const { stdout } = context.process;
  const verdict = await verifyAudit({ stateHome: hostPaths(context).stateHome, id });
  if (flags.format === "json") stdout.write(`${JSON.stringify(verdict)}\n`);
  else {
    stdout.write(
      `${verdict.ok ? "✓ nothing changed" : "✗ not as it was written"}: ${verdict.lines} lines\n`,
    );
    for (const { line, what } of verdict.problems)
      stdout.write(`  ${line === 0 ? "log" : `line ${line}`}: ${escapeText(what)}\n`);
    for (const remark of verdict.notProven) stdout.write(`  not proven: ${escapeText(remark)}\n`);
  }
  return verdict.ok ? exitCodes.ok : exitCodes.failed;
}

async function print(context: CliContext, flags: AuditFlags, id: string): Promise<number> {
  const { stdout } = context.process;
  for await (const { bytes, whole } of auditLines(
    recordPaths(hostPaths(context).stateHome, id).audit,
  )) {
    const text = bytes.toString("utf8");
    if (flags.format === "json") stdout.write(`${escapeText(text)}\n`);
    else stdout.write(`${whole ? renderLine(text) : "(torn line)"}\n`);
  }
  return exitCodes.ok;
}

/** One line for people: when, what, where to, how it ended. */
function renderLine(text: string): string {
  const line = parse(text);
  if (line === undefined) return `(not a line of ours) ${escapeText(text.slice(0, 200))}`;
  const { at, event, authority, method, path, status, code, credential, reason, ms } = line;
  const time = typeof at === "number" ? new Date(at).toISOString().slice(11, 23) : "?";
  const parts = [
    time,
    event,
    method,
    joined(authority, path),
    status,
    code,
    credential,
    reason,
    typeof ms === "number" ? `${Math.round(ms)} ms` : undefined,
  ];
  return parts
    .filter((part) => part !== undefined && part !== "")
    .map((part) => escapeText(String(part)))
    .join("  ");
}

function joined(authority: unknown, path: unknown): string {
  return `${typeof authority === "string" ? authority : ""}${typeof path === "string" ? path : ""}`;
}

function parse(text: string): Readonly<Record<string, string | number | undefined>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, string | number | undefined>>)
      : undefined;
  } catch {
    return undefined;
  }
}

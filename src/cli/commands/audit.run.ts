/** What `bottle audit` does: prints the log line by line, or checks its chain. */
import { auditLines } from "../../record/lines.ts";
import { countRuns } from "../../record/paths.ts";
import { readRecord } from "../../record/read.ts";
import { verifyAudit } from "../../record/verify.ts";
import { hostPaths } from "../../compose/paths.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { marksFor } from "../style.ts";
import type { AuditFlags } from "./audit.ts";

export async function audit(this: CliContext, flags: AuditFlags, id: string): Promise<void> {
  await answer(this, flags.format, () =>
    flags.verify ? verify(this, flags, id) : print(this, flags, id),
  );
}

async function verify(context: CliContext, flags: AuditFlags, id: string): Promise<number> {
  const { stdout } = context.process;
  const marks = marksFor(context.env);
  const verdict = await verifyAudit({ stateHome: hostPaths(context).stateHome, id });
  if (flags.format === "json") stdout.write(`${JSON.stringify(verdict)}\n`);
  else {
    stdout.write(
      `${verdict.ok ? `${marks.good} nothing changed` : `${marks.bad} not as it was written`}: ${verdict.lines} lines\n`,
    );
    for (const { line, what } of verdict.problems)
      stdout.write(`  ${line === 0 ? "log" : `line ${line}`}: ${escapeText(what)}\n`);
    for (const remark of verdict.notProven) stdout.write(`  not proven: ${escapeText(remark)}\n`);
  }
  return verdict.ok ? exitCodes.ok : exitCodes.failed;
}

async function print(context: CliContext, flags: AuditFlags, id: string): Promise<number> {
  const { stdout } = context.process;
  const where = { stateHome: hostPaths(context).stateHome, id };
  const json = flags.format === "json";
  const runs = Math.max(1, await countRuns(where.stateHome, id));
  for (let run = 1; run <= runs; run += 1) {
    if (!json && runs > 1) stdout.write(`-- run ${run} of ${runs} --\n`);
    await printRun(context, { ...where, run }, json, run === runs);
  }
  return exitCodes.ok;
}

async function printRun(
  context: CliContext,
  where: { readonly stateHome: string; readonly id: string; readonly run: number },
  json: boolean,
  last: boolean,
): Promise<void> {
  const { stdout } = context.process;
  // Only the last run's start is in the record's timing.
  const agentAt = json || !last ? undefined : await agentStart(where);
  let probing = agentAt !== undefined;
  const announce = (): void => {
    if (probing) stdout.write(`${agentStarts}\n`);
    probing = false;
  };
  for await (const { bytes, whole } of auditLines(where)) {
    const text = bytes.toString("utf8");
    if (json) stdout.write(`${escapeText(text)}\n`);
    else {
      const line = parse(text);
      if (Number(line?.["at"]) >= (agentAt ?? 0)) announce();
      stdout.write(`${whole ? renderLine(line, text) : "(torn line)"}\n`);
    }
  }
  announce();
}

const agentStarts = "-- the agent starts; what stands above was asked by the probes --";

/** When the agent started, in milliseconds since the epoch; without it the owner would take the probes for an attack. */
async function agentStart(where: { stateHome: string; id: string }): Promise<number | undefined> {
  const record = await readRecord(where).catch(() => undefined);
  const { startedAt, phases } = record?.files.timing ?? {};
  if (typeof startedAt !== "number" || typeof phases !== "object" || phases === null)
    return undefined;
  return "agent" in phases && typeof phases.agent === "number"
    ? startedAt + phases.agent
    : undefined;
}

type Line = Readonly<Record<string, string | number | undefined>>;

/** One line for people: when, what, where to, how it ended. */
function renderLine(line: Line | undefined, text: string): string {
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

function parse(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

/** Checks an audit log against its key and its seal, and says what the check cannot prove. */
import { open } from "node:fs/promises";
import { constants } from "node:fs";
import { BottleError } from "../errors/error.ts";
import { auditKeys, isHex, keySize, openLine } from "./chain.ts";
import type { AuditKeys } from "./chain.ts";
import { ChainCheck } from "./chain-check.ts";
import type { AuditProblem } from "./chain-check.ts";
import { auditLines } from "./lines.ts";
import { countRuns, recordPaths } from "./paths.ts";
import { readFields } from "./fields.ts";
import { receiptOfRun } from "./receipt.ts";
import { readSeal } from "./seal.ts";
import type { AuditSeal } from "./seal.ts";

export type { AuditProblem } from "./chain-check.ts";

export interface AuditVerdict {
  readonly ok: boolean;
  /** Lines found, whole or torn. */
  readonly lines: number;
  /** In the order of the file; line 0 stands for the log as a whole. */
  readonly problems: readonly AuditProblem[];
  /** What holds only if it is believed. */
  readonly notProven: readonly string[];
}

const always = [
  "Who can read the key (this user and root on this host) could have written a log that passes this check.",
  "The log tells what reached the gateway, and nothing of what happened inside the bottle.",
];

/** Reads the logs of one bottle, one a run, to their end. */
export async function verifyAudit(options: {
  readonly stateHome: string;
  readonly id: string;
}): Promise<AuditVerdict> {
  const runs = Math.max(1, await countRuns(options.stateHome, options.id));
  const verdicts: AuditVerdict[] = [];
  for (let run = 1; run <= runs; run += 1) verdicts.push(await verifyRun(options, run, runs));
  return {
    ok: verdicts.every(({ ok }) => ok),
    lines: verdicts.reduce((sum, { lines }) => sum + lines, 0),
    problems: verdicts.flatMap(({ problems }) => problems),
    notProven: [...new Set(verdicts.flatMap(({ notProven }) => notProven))],
  };
}

async function verifyRun(
  options: { readonly stateHome: string; readonly id: string },
  run: number,
  runs: number,
): Promise<AuditVerdict> {
  const paths = recordPaths(options.stateHome, options.id, run);
  const keys = await readKey(paths.key, options.id);
  const seal =
    keys === undefined
      ? undefined
      : await readSeal(paths.seal, keys, options.id).catch(damagedSeal);
  const check = new ChainCheck(keys?.origin ?? "", seal === "forged" ? undefined : seal);
  if (keys === undefined) check.problem(0, "the key is gone or damaged: no line can be checked");
  else if (seal === undefined)
    check.problem(0, "the seal is gone: whether lines are missing at the end cannot be seen");
  else if (seal === "forged")
    check.problem(0, "the seal was changed: whether lines are missing at the end cannot be seen");
  for await (const line of auditLines({ ...options, run })) {
    if (line.whole) check.line(keys === undefined ? undefined : openLine(keys, line.bytes));
    else check.torn();
  }
  if (keys !== undefined) checkReceipt(check, await receiptSeal(`${paths.dir}/receipt.json`, run));
  check.end();
  const open = seal !== undefined && seal !== "forged" && !seal.closed;
  const notProven = open
    ? [
        "The log was not ended in order: its last fifth of a second may be missing, and after a power cut more.",
        ...always,
      ]
    : always;
  return {
    ok: check.problems.length === 0,
    lines: check.lines,
    problems:
      runs === 1
        ? check.problems
        : check.problems.map(({ line, what }) => ({ line, what: `run ${run}: ${what}` })),
    notProven,
  };
}

/** What is no seal of ours was changed; one of a newer version may well be a good one. */
function damagedSeal(error: unknown): "forged" {
  if (error instanceof BottleError && error.code === "E_RECORD_VERSION") throw error;
  return "forged";
}

function checkReceipt(
  check: ChainCheck,
  receipt: Pick<AuditSeal, "count" | "head"> | undefined,
): void {
  if (receipt !== undefined && check.highest < receipt.count)
    check.problem(
      0,
      `the receipt counts ${receipt.count} lines, and the log ends with line ${check.highest}`,
    );
}

/** What the receipt says of a run's log, if it says anything. */
async function receiptSeal(
  path: string,
  run: number,
): Promise<Pick<AuditSeal, "count" | "head"> | undefined> {
  const fields = await readFields(path).catch(() => undefined);
  const receipt = receiptOfRun(fields, run);
  const audit = receipt?.["audit"];
  if (typeof audit !== "object" || audit === null) return undefined;
  const { count, head } = audit as Readonly<Record<string, unknown>>;
  return typeof count === "number" && typeof head === "string" ? { count, head } : undefined;
}

async function readKey(path: string, id: string): Promise<AuditKeys | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(keySize * 2 + 1), 0);
      const text = buffer.toString("latin1", 0, bytesRead);
      return isHex(text, keySize) ? auditKeys(Buffer.from(text.trim(), "hex"), id) : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new BottleError({
      code: "E_RECORD_UNREADABLE",
      what: `The audit key ${path} cannot be read.`,
      why: String(error),
      next: "Run this as the user who started the bottle.",
    });
  }
}

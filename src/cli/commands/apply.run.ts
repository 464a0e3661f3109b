/** What `bottle apply` does: finds the record, brings the work back, says what came and what did not. */
import { join } from "node:path";
import { hostPaths } from "../../compose/paths.ts";
import { BottleError } from "../../errors/error.ts";
import { readRecord } from "../../record/read.ts";
import { escapeText } from "../../terminal/print.ts";
import { applyWorkspace } from "../../workspace/apply/apply.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { errorJson, exitCodeOf, renderError } from "../report.ts";
import type { ApplyFlags } from "./apply.ts";

export async function apply(this: CliContext, flags: ApplyFlags, id: string): Promise<void> {
  const { stdout, stderr } = this.process;
  try {
    const record = await readRecord({ stateHome: hostPaths(this).stateHome, id });
    const applied = await applyWorkspace({
      id,
      repo: sourceOf(record.files.state, id),
      workspace: join(record.dir, "workspace"),
      scratch: record.dir,
      path: this.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      now: Date.now(),
    });
    stdout.write(flags.format === "json" ? `${JSON.stringify(applied)}\n` : renderApplied(applied));
    this.process.exitCode = exitCodes.ok;
  } catch (error) {
    if (flags.format === "json") stdout.write(`${JSON.stringify(errorJson(error))}\n`);
    stderr.write(renderError(error, this.env["CLAUDE_BOTTLE_DEBUG"] !== undefined));
    this.process.exitCode = exitCodeOf(error);
  }
}

/** The state is ours and outside of the bottle. */
function sourceOf(state: Readonly<Record<string, unknown>> | undefined, id: string): string {
  const source = state?.["workspace"];
  if (typeof source !== "string")
    throw new BottleError({
      code: "E_RECORD_UNREADABLE",
      what: `The record of ${id} does not say what the bottle worked on.`,
      next: "Its workspace is in the record's folder.",
    });
  return source;
}

type Applied = Awaited<ReturnType<typeof applyWorkspace>>;

function renderApplied(applied: Applied): string {
  const lines: string[] = [];
  if (applied.branch === undefined) lines.push("Nothing changed in the bottle.");
  else {
    const loose =
      applied.looseFiles > 0 ? `, one of them with ${applied.looseFiles} loose files` : "";
    lines.push(`${escapeText(applied.branch)}: ${applied.commits} new commits${loose}`);
    lines.push(`  see it with: git log -p HEAD..${escapeText(applied.branch)}`);
  }
  for (const { path, reason } of applied.skipped)
    lines.push(`  left out: ${escapeText(path)} (${escapeText(reason)})`);
  for (const branch of applied.otherBranches)
    lines.push(`  not brought: branch ${escapeText(branch)}`);
  return `${lines.join("\n")}\n`;
}

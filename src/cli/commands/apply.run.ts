/** What `bottle apply` does: finds the record, brings the work back, says what came and what did not. */
import { join } from "node:path";
import { settleAround } from "../../compose/mount.ts";
import { hostPaths } from "../../compose/paths.ts";
import { BottleError } from "../../errors/error.ts";
import { readRecord } from "../../record/read.ts";
import { escapeText } from "../../terminal/print.ts";
import { inUse } from "../../workspace/mount/errors.ts";
import { applyWorkspace } from "../../workspace/apply/apply.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ApplyFlags } from "./apply.ts";

export async function apply(this: CliContext, flags: ApplyFlags, id: string): Promise<void> {
  await answer(this, flags.format, async () => {
    const record = await readRecord({ stateHome: hostPaths(this).stateHome, id });
    await refuseMounted(this, sourceOf(record.files.state, id));
    const applied = await applyWorkspace({
      id,
      repo: sourceOf(record.files.state, id),
      workspace: join(record.dir, "workspace"),
      scratch: record.dir,
      path: this.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      now: Date.now(),
    });
    const text = flags.format === "json" ? `${JSON.stringify(applied)}\n` : renderApplied(applied);
    this.process.stdout.write(text);
    return exitCodes.ok;
  });
}

/** git runs in the owner's repository: not while a bottle can write there, nor before what one planted is taken out. */
async function refuseMounted(context: CliContext, folder: string): Promise<void> {
  const by = await settleAround(hostPaths(context), folder);
  if (by !== undefined) throw inUse(folder, by);
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

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}

type Applied = Awaited<ReturnType<typeof applyWorkspace>>;

function renderApplied(applied: Applied): string {
  const lines: string[] = [];
  if (applied.branch === undefined) lines.push("Nothing changed in the bottle.");
  else {
    const loose =
      applied.looseFiles > 0 ? `, the last with ${count(applied.looseFiles, "loose file")}` : "";
    lines.push(`${escapeText(applied.branch)}: ${count(applied.commits, "new commit")}${loose}`);
    lines.push(`  see it with: git log -p HEAD..${escapeText(applied.branch)}`);
  }
  for (const { path, reason } of applied.skipped)
    lines.push(`  left out: ${escapeText(path)} (${escapeText(reason)})`);
  for (const branch of applied.otherBranches)
    lines.push(`  not brought: branch ${escapeText(branch)}`);
  return `${lines.join("\n")}\n`;
}

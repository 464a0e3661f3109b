/** What `bottle apply` does: brings the work back, asks about dangerous files, says what came and what did not. */
import { bottleWork } from "../../compose/bottle-work.ts";
import { escapeJson } from "../../terminal/print.ts";
import { applyWorkspace } from "../../workspace/apply/apply.ts";
import type { MarkedChange } from "../../workspace/changes/marked.ts";
import { answer } from "../answer.ts";
import { appliedJson, renderApplied } from "../applied-text.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { count, markLines } from "../marks.ts";
import { styleFor } from "../style.ts";
import type { ApplyFlags } from "./apply.ts";

export async function apply(this: CliContext, flags: ApplyFlags, id: string): Promise<void> {
  await answer(this, flags.format, async () => {
    const applied = await applyWorkspace({
      ...(await bottleWork(this, id)),
      to: flags.to,
      includeDangerous: (changes) => mayCome(this, flags, changes),
      now: Date.now(),
    });
    const { stdout } = this.process;
    stdout.write(
      flags.format === "json"
        ? `${escapeJson(appliedJson(applied))}\n`
        : renderApplied(id, applied, styleFor(stdout, this.env)),
    );
    return exitCodes.ok;
  });
}

/** The flag counts; without it a person is asked, and where there is none, nothing dangerous comes. */
async function mayCome(
  context: CliContext,
  flags: ApplyFlags,
  changes: readonly MarkedChange[],
): Promise<boolean> {
  if (flags.includeDangerous !== undefined) return flags.includeDangerous;
  const { stdin, stdout } = context.process;
  if (flags.format !== "text" || !stdin.isTTY || !stdout.isTTY) return false;
  const files = changes.map(({ path, marks }) => ({
    path,
    reasons: marks.map(({ reason }) => reason),
  }));
  const style = styleFor(stdout, context.env);
  stdout.write(
    `${count(files.length, "file")} that something runs or obeys without asking you:\n${markLines(files, style).join("\n")}\n`,
  );
  return confirm(context, "Bring them as well?");
}

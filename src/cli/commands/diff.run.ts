/** What `bottle diff` does: reads the bottle's work and prints it, every byte of it escaped. */
import { bottleWork } from "../../compose/bottle-work.ts";
import { escapeJson } from "../../terminal/print.ts";
import { openDiff } from "../../workspace/diff/diff.ts";
import type { BottleDiff } from "../../workspace/diff/diff.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { diffJson } from "../diff-json.ts";
import { diffStat, diffSummary } from "../diff-text.ts";
import { exitCodes } from "../exit-codes.ts";
import { pathText } from "../marks.ts";
import { openOutput } from "../pager.ts";
import type { Output } from "../pager.ts";
import { patchLine } from "../patch-text.ts";
import { hasColour, styleFor } from "../style.ts";
import type { DiffFlags } from "./diff.ts";

export async function diff(this: CliContext, flags: DiffFlags, id: string): Promise<void> {
  await answer(this, flags.format, async () => {
    await using found = await openDiff(await bottleWork(this, id));
    if (flags.format === "json") {
      this.process.stdout.write(`${escapeJson(diffJson(id, found))}\n`);
      return exitCodes.ok;
    }
    const output = openOutput(this, flags.pager);
    try {
      await print(this, flags, found, output);
    } finally {
      await output.close();
    }
    return exitCodes.ok;
  });
}

async function print(
  context: CliContext,
  flags: DiffFlags,
  found: BottleDiff,
  output: Output,
): Promise<void> {
  const { stdout } = context.process;
  const style = styleFor(stdout, context.env);
  if (flags.nameOnly) {
    await output.write(found.files.map(({ path }) => `${pathText(path)}\n`).join(""));
    return;
  }
  if (!(await output.write(diffSummary(found, style)))) return;
  const [marked, rest] = [
    found.files.filter(({ marks }) => marks.length > 0),
    found.files.filter(({ marks }) => marks.length === 0),
  ];
  const heading = (text: string): string => `\n${style.heading(text)}\n`;
  for (const [part, files] of [
    ["marked", marked],
    ["rest", rest],
  ] as const) {
    if (files.length === 0) continue;
    if (marked.length > 0)
      await output.write(heading(part === "marked" ? "Look at these first" : "The other changes"));
    if (!(await output.write(diffStat(files, style, stdout.columns ?? 80)))) return;
    if (flags.stat) continue;
    await output.write("\n");
    const colour = hasColour(stdout, context.env);
    await found.patch(part, (line) => output.write(patchLine(line, colour)));
  }
}

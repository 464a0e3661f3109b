/** What `bottle demo` does: runs it, prints the table or the line, sets the exit code. */
import { plainText } from "../../demo/check.ts";
import { demoJson } from "../../demo/json.ts";
import { runDemo } from "../../demo/run.ts";
import type { DemoResult } from "../../demo/run.ts";
import { renderTable } from "../../demo/table.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { hasColour, hasUnicode } from "../style.ts";
import type { DemoFlags } from "./demo.ts";

export async function demo(this: CliContext, flags: DemoFlags): Promise<void> {
  const { stdout, stderr } = this.process;
  await answer(this, "text", async () => {
    const result = await runDemo(this, {
      rung: flags.rung,
      link: flags.link,
      place: flags.place,
      progress: (line) => stderr.write(`bottle demo: ${escapeText(line)}\n`),
    }).catch((error: unknown) => {
      if (flags.json) stdout.write(demoJson(notStarted(error, flags.place)));
      throw error;
    });
    if (flags.json) stdout.write(demoJson(result));
    else {
      const head = {
        title: "claude-bottle: the real Claude Code in a bottle",
        lines:
          result.place === "local"
            ? [`rung ${result.rung}; the model is a script on this machine; no account, no network`]
            : [
                `rung ${result.rung} at ${plainText(result.place, 80)}`,
                "the model is a script on this machine; no account, and no network but the way there",
              ],
      };
      const style = { unicode: hasUnicode(this.env), colour: hasColour(stdout, this.env) };
      stdout.write(renderTable(head, result.checks, style));
    }
    return result.ok ? exitCodes.ok : exitCodes.failed;
  });
}

/** A demo that could not start still ends with its line. */
function notStarted(error: unknown, place = "local"): DemoResult {
  const detail = plainText(error instanceof Error ? error.message : String(error));
  const check = { name: "start", part: "agent", tried: "start", ok: false, detail } as const;
  return { ok: false, rung: "none", place, checks: [check], timing: {} };
}

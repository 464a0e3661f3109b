/** What `bottle demo` does: runs it, prints the table or the line, sets the exit code. */
import { plainText } from "../../demo/check.ts";
import { demoJson } from "../../demo/json.ts";
import { runDemo } from "../../demo/run.ts";
import type { DemoResult } from "../../demo/run.ts";
import { renderTable } from "../../demo/table.ts";
import { escapeText } from "../../terminal/print.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { exitCodeOf, renderError } from "../report.ts";
import type { DemoFlags } from "./demo.ts";

export async function demo(this: CliContext, flags: DemoFlags): Promise<void> {
  const { stdout, stderr } = this.process;
  try {
    const result = await runDemo(this, (line) =>
      stderr.write(`bottle demo: ${escapeText(line)}\n`),
    );
    if (flags.json) stdout.write(demoJson(result));
    else {
      const head = {
        title: "claude-bottle: the real Claude Code in a bottle",
        lines: [
          `rung ${result.rung}; the model is a script on this machine; no account, no network`,
        ],
      };
      stdout.write(renderTable(head, result.checks, tableStyle(this)));
    }
    this.process.exitCode = result.ok ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (flags.json) stdout.write(demoJson(notStarted(error)));
    stderr.write(renderError(error, this.env["CLAUDE_BOTTLE_DEBUG"] !== undefined));
    this.process.exitCode = exitCodeOf(error);
  }
}

/** A demo that could not start still ends with its line. */
function notStarted(error: unknown): DemoResult {
  const detail = plainText(error instanceof Error ? error.message : String(error));
  const check = { name: "start", part: "agent", tried: "start", ok: false, detail } as const;
  return { ok: false, rung: "none", checks: [check], timing: {} };
}

/** Boxes need a UTF-8 locale, colour a terminal (and no NO_COLOR). */
function tableStyle(context: CliContext): { unicode: boolean; colour: boolean } {
  const { env } = context;
  const locale = env["LC_ALL"] ?? env["LC_CTYPE"] ?? env["LANG"] ?? "";
  return {
    unicode: /utf-?8/i.test(locale),
    colour: context.process.stdout.isTTY && (env["NO_COLOR"] ?? "") === "",
  };
}

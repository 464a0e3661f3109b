/** What `bottle start` does: plan, ask, launch, attach; the exit code is the agent's. */
import { join } from "node:path";
import { launchPlanned, planStart } from "../../compose/start.ts";
import { prefork } from "../../compose/prefork.ts";
import type { SessionEnd } from "../../lifecycle/session.ts";
import type { Plan } from "../../plan/plan.ts";
import { planJson, renderPlan } from "../../plan/preflight.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import { exitCodeOfEnd, follow, outputTo, terminalOf } from "../attach.ts";
import { confirm, questionsOf } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { styleFor } from "../style.ts";
import type { StartFlags } from "./start.ts";

export async function start(this: CliContext, flags: StartFlags, agent?: string): Promise<void> {
  await answer(this, flags.format, () => startOrdered(this, flags, agent));
}

async function startOrdered(
  context: CliContext,
  flags: StartFlags,
  agent: string | undefined,
): Promise<number> {
  const { stdin, stdout, stderr } = context.process;
  const planned = await planStart(context, {
    agent,
    prompt: flags.prompt,
    headless: flags.headless,
    rung: flags.rung,
    workspace: flags.workspace,
    manifest: flags.manifest,
    args: context.rest,
    terminal: terminalOf(context, flags.headless),
  });
  // Without --yes the plan is the question; with it, it still is what the owner sees first, beside the agent's output.
  const asked = !flags.yes && !flags.dryRun;
  const planText =
    flags.format === "json"
      ? `${JSON.stringify(planJson(planned.plan))}\n`
      : renderPlan(planned.plan, styleFor(stdout, context.env));
  if (flags.dryRun || asked) stdout.write(planText);
  else if (!flags.headless) stderr.write(planText);
  if (flags.dryRun) return exitCodes.ok;
  if (asked) {
    if (!stdin.isTTY || !stdout.isTTY) {
      stderr.write(
        "Not started: there is no terminal to ask on. Say --yes to start without asking.\n",
      );
      return exitCodes.notConfirmed;
    }
    if (!(await confirm(context, "Start it?"))) return exitCodes.notConfirmed;
  }
  const session = await launchPlanned(context, planned, context.supervisor ?? prefork(context), {
    ...questionsOf(context),
    progress: (line) => stderr.write(`${line}\n`),
    output: outputTo(context),
  });
  const end = await follow(context, session, planned.terminal !== null);
  const code = exitCodeOfEnd(end);
  stderr.write(
    `bottle: ${planned.plan.id} ended with ${code}; ${whereWorkIs(planned.plan, end)}\n`,
  );
  return code;
}

/** The last line is what the owner looks for: how to get at the work. */
function whereWorkIs(plan: Plan, end: SessionEnd): string {
  return plan.workspace.git
    ? `bring its work back with: bottle apply ${plan.id}`
    : `its files are in ${escapeText(join(end.record, "workspace"))}`;
}

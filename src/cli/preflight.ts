/** The plan on the screen and the question below it, the same for every command that starts a bottle. */
import type { Plan } from "../plan/plan.ts";
import { planJson, renderPlan } from "../plan/preflight.ts";
import { confirm } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { styleFor } from "./style.ts";

export interface PreflightFlags {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly headless: boolean;
  readonly format: "text" | "json";
}

/** Undefined if it shall start; else the exit code to leave with. */
export async function agreed(
  context: CliContext,
  plan: Plan,
  flags: PreflightFlags,
  question: string,
): Promise<number | undefined> {
  const { stdin, stdout, stderr } = context.process;
  // Without --yes the plan is the question; with it, it still is what the owner sees first, beside the agent's output.
  const asked = !flags.yes && !flags.dryRun;
  const planText =
    flags.format === "json"
      ? `${JSON.stringify(planJson(plan))}\n`
      : renderPlan(plan, styleFor(stdout, context.env));
  if (flags.dryRun || asked) stdout.write(planText);
  else if (!flags.headless) stderr.write(planText);
  if (flags.dryRun) return exitCodes.ok;
  if (!asked) return undefined;
  if (!stdin.isTTY || !stdout.isTTY) {
    stderr.write(
      "Not started: there is no terminal to ask on. Say --yes to start without asking.\n",
    );
    return exitCodes.notConfirmed;
  }
  return (await confirm(context, question)) ? undefined : exitCodes.notConfirmed;
}

/** What `bottle start` does: plan, ask, launch, attach; the exit code is the agent's. */
import { planStart } from "../../compose/plan-start.ts";
import { BottleError } from "../../errors/error.ts";
import { answer } from "../answer.ts";
import { nobodysTerminal, terminalOf } from "../attach.ts";
import type { CliContext } from "../context.ts";
import { agreed } from "../preflight.ts";
import { runAttached, startDetached } from "../run.ts";
import type { StartFlags } from "./start.ts";

export async function start(this: CliContext, flags: StartFlags, agent?: string): Promise<void> {
  await answer(this, flags.format, () => startOrdered(this, flags, agent));
}

async function startOrdered(
  context: CliContext,
  flags: StartFlags,
  agent: string | undefined,
): Promise<number> {
  if (flags.count > 1 && !flags.detach)
    throw new BottleError({
      code: "E_USAGE",
      what: "Several bottles cannot share one terminal.",
      next: "Say --detach as well; look at each with `bottle attach`.",
    });
  const own = terminalOf(context, flags.headless);
  const planned = await planStart(context, {
    agent,
    prompt: flags.prompt,
    headless: flags.headless,
    rung: flags.rung,
    place: flags.place,
    link: flags.link,
    workspace: flags.workspace,
    manifest: flags.manifest,
    args: context.rest,
    terminal: flags.detach && !flags.headless ? (own ?? nobodysTerminal) : own,
  });
  const no = await agreed(context, planned.plan, flags, "Start it?");
  if (no !== undefined) {
    await planned.connection?.[Symbol.asyncDispose]();
    return no;
  }
  return flags.detach ? startDetached(context, planned, flags) : runAttached(context, planned);
}

/** What `bottle resume` does: plan, ask, go on. */
import { planResume } from "../../compose/resume.ts";
import { answer } from "../answer.ts";
import { nobodysTerminal, terminalOf } from "../attach.ts";
import type { CliContext } from "../context.ts";
import { agreed } from "../preflight.ts";
import { runAttached, startDetached } from "../run.ts";
import type { ResumeFlags } from "./resume.ts";

export async function resume(this: CliContext, flags: ResumeFlags, id: string): Promise<void> {
  await answer(this, flags.format, async () => {
    const own = terminalOf(this, flags.headless);
    const planned = await planResume(this, id, {
      prompt: flags.prompt,
      headless: flags.headless,
      args: this.rest,
      terminal: flags.detach && !flags.headless ? (own ?? nobodysTerminal) : own,
    });
    const no = await agreed(this, planned.plan, flags, `Go on with ${id}?`);
    if (no !== undefined) {
      await planned.connection?.[Symbol.asyncDispose]();
      return no;
    }
    return flags.detach
      ? startDetached(this, planned, { count: 1, format: flags.format })
      : runAttached(this, planned);
  });
}

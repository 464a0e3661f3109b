/** What `bottle prepare` does: makes bottles ready and prints their ids. */
import { prepareAll } from "../../compose/prepare.ts";
import { answer } from "../answer.ts";
import { nobodysTerminal } from "../attach.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { PrepareFlags } from "./prepare.ts";

export async function prepare(
  this: CliContext,
  flags: PrepareFlags,
  agent?: string,
): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout, stderr } = this.process;
    const ids = await prepareAll(this, {
      agent,
      manifest: flags.manifest,
      rung: flags.rung,
      terminal: flags.headless ? null : nobodysTerminal,
      count: flags.count,
      progress: (line) => stderr.write(`${line}\n`),
    });
    if (flags.format === "json") stdout.write(`${JSON.stringify(ids.map((id) => ({ id })))}\n`);
    else for (const id of ids) stdout.write(`${id}\n`);
    return exitCodes.ok;
  });
}

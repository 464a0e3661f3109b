/** What `bottle init` does: one new file, and what to do next. */
import { proposeManifest, writeManifest } from "../../compose/init.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { InitFlags } from "./init.ts";

export async function init(this: CliContext, flags: InitFlags): Promise<void> {
  await answer(this, "text", async () => {
    const { stdout } = this.process;
    const text = await proposeManifest(this);
    if (flags.print) stdout.write(text);
    else {
      const file = await writeManifest(this, text);
      stdout.write(`Written: ${escapeText(file)}\n`);
      stdout.write("Look at it, then go to a project and say: bottle start\n");
    }
    return exitCodes.ok;
  });
}

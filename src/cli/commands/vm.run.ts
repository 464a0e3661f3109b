/** What `bottle vm cloud-init` does: writes the user data, and says how the machine is reached and ended. */
import { makeUserData } from "../../compose/cloud-init.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { VmFlags } from "./vm.ts";

export async function vm(this: CliContext, flags: VmFlags): Promise<void> {
  const { stdout, stderr } = this.process;
  await answer(this, "text", async () => {
    const made = await makeUserData(this, flags);
    if (flags.out === undefined) stdout.write(made.text);
    stderr.write(`${made.words.map((line) => escapeText(line)).join("\n")}\n`);
    return exitCodes.ok;
  });
}

/** What `bottle completion` does: prints a script that calls this very installation. */
import { join } from "node:path";
import { completionScript } from "../completion/scripts.ts";
import type { Shell } from "../completion/scripts.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";

export async function completion(this: CliContext, _flags: object, shell: Shell): Promise<void> {
  await answer(this, "text", () => {
    const command = [process.execPath, join(this.dist, "cli.js")];
    this.process.stdout.write(completionScript(shell, command));
    return Promise.resolve(exitCodes.ok);
  });
}

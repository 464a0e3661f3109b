/** What `bottle rm` does: each bottle for itself; one that must stay keeps no other. */
import { removeBottle } from "../../compose/remove.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { errorJson, renderError } from "../report.ts";
import type { RmFlags } from "./rm.ts";
import { noName } from "./stop.run.ts";

export async function rm(
  this: CliContext,
  flags: RmFlags,
  ...named: readonly string[]
): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout, stderr } = this.process;
    if (named.length === 0) throw noName("rm");
    const results: object[] = [];
    for (const id of new Set(named)) {
      try {
        await removeBottle(this, id, flags);
        results.push({ id, removed: true });
        if (flags.format === "text") stdout.write(`${id}: removed\n`);
      } catch (error) {
        results.push({ id, removed: false, ...errorJson(error) });
        stderr.write(renderError(error, false));
      }
    }
    if (flags.format === "json") stdout.write(`${JSON.stringify(results)}\n`);
    const kept = results.some((result) => "errors" in result);
    return kept ? exitCodes.failed : exitCodes.ok;
  });
}

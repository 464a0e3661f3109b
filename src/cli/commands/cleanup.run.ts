/** What `bottle cleanup` does: says what it found and removed. */
import { cleanUp, listLeftovers } from "../../compose/cleanup.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { CleanupFlags } from "./cleanup.ts";

export async function cleanup(this: CliContext, flags: CleanupFlags): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout } = this.process;
    const found = flags.dryRun
      ? { removed: [], stuck: [], kept: [], found: await listLeftovers(this) }
      : await cleanUp(this);
    if (flags.format === "json") stdout.write(`${JSON.stringify(found)}\n`);
    else {
      const lines = [
        ...("found" in found ? found.found.map(({ id, what }) => `${id}: ${what}`) : []),
        ...found.removed.map(({ id, what }) => `${id}: removed ${what}`),
        ...found.kept.map(({ id, what }) => `${id}: keeps ${what}`),
        ...found.stuck.map(({ id, what, why }) => `${id}: could not remove ${what}: ${why}`),
      ];
      if (lines.length === 0) lines.push("Nothing is left over.");
      stdout.write(lines.map((line) => `${escapeText(line)}\n`).join(""));
    }
    return found.stuck.length === 0 ? exitCodes.ok : exitCodes.failed;
  });
}

/** What `bottle stop` does. */
import { listBottles } from "../../compose/bottles.ts";
import { lives } from "../../compose/living.ts";
import { hostPaths } from "../../compose/paths.ts";
import { stopBottle } from "../../compose/stop.ts";
import { recordPaths } from "../../record/paths.ts";
import { BottleError } from "../../errors/error.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { mountEnd } from "../mount-end.ts";
import type { StopFlags } from "./stop.ts";

export async function stop(
  this: CliContext,
  flags: StopFlags,
  ...named: readonly string[]
): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout } = this.process;
    const { stateHome } = hostPaths(this);
    const ids = flags.all
      ? (await listBottles(this)).filter(lives).map(({ id }) => id)
      : [...new Set(named)];
    if (ids.length === 0 && !flags.all) throw noName("stop");
    const stopped = await Promise.all(
      ids.map(async (id) => ({ id, stopped: await stopBottle(this, id) })),
    );
    if (flags.format === "json") stdout.write(`${JSON.stringify(stopped)}\n`);
    else
      for (const one of stopped) {
        const said = one.stopped ? await mountEnd(recordPaths(stateHome, one.id).dir) : [];
        const lines = [one.stopped ? "stopped" : "did not run", ...said];
        stdout.write(`${one.id}: ${lines.join("\n  ")}\n`);
      }
    return exitCodes.ok;
  });
}

/** A command that ends or removes something takes no guess. */
export function noName(command: string): BottleError {
  return new BottleError({
    code: "E_USAGE",
    what: `\`bottle ${command}\` needs a bottle's id.`,
    next: "See `bottle ps --all`.",
  });
}

/** Removes a bottle that ended; one that holds work nobody has applied stays. */
import { BottleError } from "../errors/error.ts";
import { removeRecord } from "../record/remove.ts";
import { findBottle } from "./bottles.ts";
import type { BottleInfo } from "./bottles.ts";
import { lives, stillRunning } from "./living.ts";
import { settleFolder, takenOut } from "./mount.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { stopBottle } from "./stop.ts";
import { workIn } from "./work.ts";

export interface RemoveOptions {
  /** Also with work in it. */
  readonly discardWork: boolean;
  /** Stop it first if it runs. */
  readonly stop: boolean;
}

export async function removeBottle(host: Host, id: string, options: RemoveOptions): Promise<void> {
  let found = await findBottle(host, id);
  if (lives(found) && options.stop) {
    await stopBottle(host, id);
    found = await findBottle(host, id);
  }
  if (lives(found))
    throw stillRunning(id, `Say \`bottle stop ${id}\` first, or \`bottle rm --stop ${id}\`.`);
  await settleFolder(hostPaths(host), id);
  if (!options.discardWork) {
    const work = takenWords(await takenOut(found.record)) ?? (await workIn(host, found));
    if (work !== undefined) throw holdsWork(found, work);
  }
  const { stateHome } = hostPaths(host);
  await removeRecord({ stateHome, id, path: host.env["PATH"] ?? "/usr/bin:/bin" });
}

function takenWords(taken: number): string | undefined {
  if (taken === 0) return undefined;
  return `It keeps ${taken === 1 ? "one path" : `${taken} paths`} that the bottle made in your folder and that were taken out.`;
}

function holdsWork({ id }: BottleInfo, work: string): BottleError {
  return new BottleError({
    code: "E_BOTTLE_WORK",
    what: `The bottle ${id} holds work that was not applied, so it was not removed.`,
    why: work,
    next: `See it with \`bottle diff ${id}\`, bring it back with \`bottle apply ${id}\`, or say --discard-work.`,
  });
}

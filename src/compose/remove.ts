/** Removes a bottle that ended; one that holds work nobody has applied stays. */
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { isHeld } from "../lifecycle/run-directory.ts";
import { removeRecord } from "../record/remove.ts";
import { giveUp } from "./away.ts";
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
  const { stateHome } = hostPaths(host);
  let found = await findBottle(host, id).catch((error: unknown) =>
    removable(host, id, options, error),
  );
  if (found !== undefined && lives(found) && options.stop) {
    await stopBottle(host, id);
    found = await findBottle(host, id);
  }
  if (found !== undefined && lives(found))
    throw stillRunning(id, `Say \`bottle stop ${id}\` first, or \`bottle rm --stop ${id}\`.`);
  await settleFolder(hostPaths(host), id);
  if (found !== undefined && !options.discardWork) {
    const work = takenWords(await takenOut(found.record)) ?? (await workIn(host, found));
    if (work !== undefined) throw holdsWork(found, work);
  }
  if (found !== undefined) await giveUp(host, found);
  await removeRecord({ stateHome, id, path: host.env["PATH"] ?? "/usr/bin:/bin" });
}

function takenWords(taken: number): string | undefined {
  if (taken === 0) return undefined;
  return `It keeps ${taken === 1 ? "one path" : `${taken} paths`} that the bottle made in your folder and that were taken out.`;
}

/** A record that cannot be read goes when its owner gives up what may be in it, and nobody has the bottle. */
async function removable(
  host: Host,
  id: string,
  { discardWork }: RemoveOptions,
  error: unknown,
): Promise<undefined> {
  const damaged = error instanceof BottleError && error.code === "E_RECORD_UNREADABLE";
  if (!damaged || !discardWork) throw error;
  if (await isHeld(join(hostPaths(host).runHome, id)))
    throw stillRunning(id, "End its supervisor first: see `bottle cleanup --dry-run`.");
  return undefined;
}

function holdsWork({ id }: BottleInfo, work: string): BottleError {
  return new BottleError({
    code: "E_BOTTLE_WORK",
    what: `The bottle ${id} holds work that was not applied, so it was not removed.`,
    why: work,
    next: `See it with \`bottle diff ${id}\`, bring it back with \`bottle apply ${id}\`, or say --discard-work.`,
  });
}

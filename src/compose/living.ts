/** Bottles that live, and what to say of those that do not. */
import { BottleError } from "../errors/error.ts";
import { silentSupervisor } from "../lifecycle/loss.ts";
import type { BottleInfo } from "./bottles.ts";
import { listBottles } from "./bottles.ts";
import type { Host } from "./paths.ts";

export function lives({ state }: BottleInfo): boolean {
  return ["starting", "prepared", "running", "ending"].includes(state);
}

/** Where no bottle is named: the one that runs, if there is just one. */
export async function theOnlyOne(host: Host): Promise<BottleInfo> {
  const living = (await listBottles(host)).filter(lives);
  const [only] = living;
  if (only !== undefined && living.length === 1) return only;
  throw new BottleError({
    code: "E_USAGE",
    what: living.length === 0 ? "No bottle runs." : "More than one bottle runs.",
    next:
      living.length === 0
        ? "See `bottle ps --all` for those that ended."
        : `Name one of: ${living.map(({ id }) => id).join(", ")}.`,
  });
}

/** Nobody listens for the bottle, mostly because it has ended; what can be done with it. */
export function gone(info: BottleInfo): BottleError {
  const { id, state, code, signal } = info;
  if (lives(info)) return silentSupervisor(id, "Its folder for sockets was removed.");
  const how =
    state === "prepared"
      ? "It is prepared, and waits for a `bottle start`."
      : state === "exited"
        ? `It ended with ${code ?? signal ?? "nobody knows what"}.`
        : state === "lost"
          ? "Its supervisor died without a last word, and the bottle with it."
          : `Its state is: ${state}.`;
  return new BottleError({
    code: "E_BOTTLE_GONE",
    what: `The bottle ${id} does not run.`,
    why: how,
    next: `See what it wrote with \`bottle logs ${id}\`, or go on with \`bottle resume ${id}\`.`,
  });
}

/** The bottle lives, and what was asked for cannot be done to it meanwhile. */
export function stillRunning(id: string, next: string): BottleError {
  return new BottleError({ code: "E_BOTTLE_RUNNING", what: `The bottle ${id} runs.`, next });
}

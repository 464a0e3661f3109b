/** What a living gateway cannot take over. */
import { BottleError } from "../errors/error.ts";

/** The old rules stay in force. */
export function needsRestart(why: string): BottleError {
  return new BottleError({
    code: "E_GATEWAY_RESTART",
    what: "The new rules cannot be taken over by a gateway that runs: restart the bottle.",
    why,
    next: "Until then the old rules stay in force.",
  });
}

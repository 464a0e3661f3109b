/** What a client says of a supervisor that does not answer any more, and of errors that one told it. */
import { BottleError } from "../errors/error.ts";
import type { WireError } from "./control.ts";

/** It lives: its bottle can be ended all the same, and goes on later. */
export function silentSupervisor(id: string, why: string): BottleError {
  return new BottleError({
    code: "E_SUPERVISOR_SILENT",
    what: `The supervisor of ${id} lives and does not answer.`,
    why,
    next: `End it with \`bottle stop ${id}\`; what was written is kept, and \`bottle resume ${id}\` goes on.`,
  });
}

/** It died. `ran`: the agent had been started, so that there may be work. */
export function lostSupervisor(id: string, ran: boolean): BottleError {
  return new BottleError({
    code: "E_SUPERVISOR_GONE",
    what: "The supervisor is gone, and the bottle with it.",
    why: "Its process ended without a last word, as after a kill or for want of memory.",
    next: ran
      ? `The workspace is kept: see \`bottle diff ${id}\`, or go on with \`bottle resume ${id}\`.`
      : "The agent had not started. Clear away what is left with `bottle cleanup`, then start again.",
  });
}

export function toldError(error: WireError): BottleError {
  return new BottleError(error as ConstructorParameters<typeof BottleError>[0]);
}

/** What can stop a bottle that shall work on the folder itself, said the same way everywhere. */
import { BottleError } from "../../errors/error.ts";
import type { Fault } from "./inventory.ts";

/** Faults that an error names. */
const maxNamed = 10;

export function notMountable(source: string, why: string, next?: string): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_MOUNT",
    what: `A bottle cannot work on ${source} itself.`,
    why,
    next: next ?? "Use workspace: clone, which works on a private copy.",
  });
}

export function unprotectable(source: string, faults: readonly Fault[]): BottleError {
  const named = faults.slice(0, maxNamed).map(({ path, why }) => `${path} ${why}`);
  const more = faults.length > maxNamed ? `; and ${faults.length - maxNamed} more` : "";
  return new BottleError({
    code: "E_WORKSPACE_PROTECT",
    what: `What runs on your side of ${source} cannot be kept from the agent.`,
    why: `${named.join("; ")}${more}.`,
    next: "Look at these paths, replace them by what they should be, and start again; or use workspace: clone.",
  });
}

export function inUse(source: string, id: string): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_BUSY",
    what: `The bottle ${id} works on ${source}, or on a folder in or around it.`,
    why: "What one of them plants would look to the other as if it had always been there.",
    next: "Wait for its end, stop it, or use workspace: clone.",
  });
}

/** One write into a folder at a time. */
import { BottleError } from "../../errors/error.ts";
import { stagingPrefix } from "./staging.ts";

/** `id` is the bottle whose apply stands in the way. */
export function busy(folder: string, id: string): BottleError {
  return new BottleError({
    code: "E_APPLY_BUSY",
    what: `An apply of bottle ${id} is writing to ${folder}, or was cut off while it did.`,
    next: `Wait for it; if it was cut off, \`bottle apply ${id} --to worktree\` takes back what it left in ${stagingPrefix}${id}.`,
  });
}

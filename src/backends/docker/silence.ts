/** A container that ended, or said nothing, before its helper spoke: what it wrote instead, as an error. */
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../../errors/error.ts";

/** Milliseconds for the last words of a container that ended early. */
export const lastWords = 500;
/** Characters of them that an error repeats. */
const maxWords = 300;

export async function silence(
  from: Readable,
  next = "Run `bottle doctor`; an image needs glibc, as this machine's Node does.",
): Promise<BottleError> {
  await Promise.race([
    new Promise((resolve) => from.once("readable", () => resolve(undefined))),
    sleep(lastWords, undefined, { ref: false }),
  ]);
  const bytes: unknown = from.read();
  const words = (Buffer.isBuffer(bytes) ? bytes.toString("latin1") : "")
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, maxWords);
  return new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why:
      words === "" ? "Its first process ended, or said nothing, before the helper spoke." : words,
    next,
  });
}

/** Any error as what a supervisor tells its clients. */
import { BottleError } from "../errors/error.ts";
import { isDiskFull, recordWriteError } from "../errors/record-write.ts";
import type { WireError } from "./control.ts";

export function wireError(error: unknown): WireError {
  if (isDiskFull(error)) return wireError(recordWriteError(error));
  if (error instanceof BottleError)
    return {
      code: error.code,
      what: error.message,
      why: error.why,
      next: error.next,
      place: error.place,
    };
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: "E_INTERNAL",
    what: "claude-bottle failed.",
    why: why.slice(0, 1000),
    next: "This is a bug: please report it with the record's folder.",
    place: undefined,
  };
}

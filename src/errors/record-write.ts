/** What is said when something of a bottle could not be written down: by whom it is found matters less than what can be done. */
import { BottleError } from "./error.ts";

/** For an error of a file call (errno(3)). */
export function recordWriteError(cause: unknown): BottleError {
  if (cause instanceof BottleError) return cause;
  const { why, next } = reasonOf(cause as NodeJS.ErrnoException);
  return new BottleError({
    code: "E_RECORD_WRITE",
    what: "The bottle's record cannot be written, so the run was stopped.",
    why,
    next,
    cause,
  });
}

/** No room is left: whatever was to be written, this is the owner's matter and no bug. */
export function isDiskFull(cause: unknown): boolean {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

function reasonOf(cause: NodeJS.ErrnoException): { readonly why: string; readonly next: string } {
  const at = cause.path === undefined ? "" : ` at ${cause.path}`;
  if (isDiskFull(cause))
    return {
      why: `The disk is full${at}.`,
      next: "Make room there, then start again, or go on with `bottle resume`: what was written is kept.",
    };
  if (cause.code === "ENOENT")
    return {
      why: "Its folder was removed, or moved away.",
      next: "See with `bottle ps --all` what is left, and start again.",
    };
  return {
    why: String(cause),
    next: "Look at the state folder's disk, then go on with `bottle resume`.",
  };
}

/** What can stop a copy, said the same way everywhere. */
import { BottleError } from "../../errors/error.ts";

export function unreadable(paths: readonly string[]): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_UNREADABLE",
    what: "The workspace has files that you may not read, so it cannot be copied whole.",
    why: `Not readable: ${paths.join(", ")}.`,
    next: "Make them readable or move them out of the folder, or choose another folder with --workspace.",
  });
}

export function tooManyMasked(source: string, count: number): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_SECRETS",
    what: `The workspace ${source} has ${count} files that look like secrets.`,
    why: "Each of them would be emptied in the copy and named in the record; so many are none of a project's.",
    next: "Start in a smaller folder, have git ignore them, or name in `reveal` those that are none.",
  });
}

export function copyFailed(source: string, error: unknown): BottleError {
  const { code } = error as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new BottleError({
    code: "E_WORKSPACE_COPY",
    what: `The workspace ${source} could not be copied.`,
    why: full
      ? "The disk that holds the records is full, or nearly so."
      : `The system said ${code ?? "nothing more"}; a file may have changed while it was copied.`,
    next: full
      ? "Make room, remove old bottles with `bottle rm`, or set XDG_STATE_HOME to a folder on another disk."
      : "Start again when nothing else writes to the folder.",
    cause: error,
  });
}

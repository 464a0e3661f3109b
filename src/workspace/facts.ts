/** What is known of a copy when it is complete; kept in the record as `workspace.json`. */

export interface WorkspaceFacts {
  /** The copy has a repository of its own at its top. */
  readonly git: boolean;
  /** Milliseconds since the epoch when the copy was complete. */
  readonly clonedAt: number;
  /** Files and links, and their bytes, less those of `.git`. */
  readonly files: number;
  readonly bytes: number;
  /** Paths whose content was masked: the file inside is empty. A tracked one is named with `trackedNote`. */
  readonly masked: readonly string[];
  /** Tracked files that hold what looks like a provider's token, as committed: it is inside, as it is in the history. */
  readonly exposed: readonly string[];
  /** Keys dropped from .git/config, and other parts of repositories that stayed behind; never a value. */
  readonly dropped: readonly string[];
  /** Left out: sockets, FIFOs, devices, files of holes. */
  readonly skipped: readonly string[];
  /** Git-ignored files that stayed behind. */
  readonly ignoredLeft: number;
  /** Of a folder without a repository: the file in the record that lists all that was copied (base-listing.ts); else null. */
  readonly base: string | null;
}

const trackedNote = " (tracked: its committed content is in the history inside)";

/** How a masked file is told of. */
export function maskedName(path: string, tracked: boolean): string {
  return tracked ? `${path}${trackedNote}` : path;
}

/** The paths, printable, of the files that are empty inside and were not so outside. */
export function maskedPaths({ masked }: Pick<WorkspaceFacts, "masked">): ReadonlySet<string> {
  return new Set(
    masked.map((name) => (name.endsWith(trackedNote) ? name.slice(0, -trackedNote.length) : name)),
  );
}

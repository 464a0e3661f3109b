/** What is known of a copy when it is complete; kept in the record as `workspace.json`. */

export interface WorkspaceFacts {
  /** The copy has a repository of its own at its top. */
  readonly git: boolean;
  /** Milliseconds since the epoch when the copy was complete. */
  readonly clonedAt: number;
  /** Files and links, and their bytes, less those of `.git`. */
  readonly files: number;
  readonly bytes: number;
  /** Paths whose content was masked: the file inside is empty. */
  readonly masked: readonly string[];
  /** Those of them that are tracked: what was committed of them is in the history inside. */
  readonly maskedInHistory: readonly string[];
  /** Tracked files that hold what looks like a provider's token as it is committed: it is inside, here and in the history. */
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

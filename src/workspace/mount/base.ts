/** What is kept in the record while a bottle works on the folder itself, so that whoever comes after a killed supervisor can compare. */

/** `mount-base.json`. Paths are as names.ts has them. */
export interface Base {
  /** Of the top itself. */
  readonly top: string;
  readonly known: readonly (readonly [string, string])[];
  readonly told: readonly (readonly [string, string])[];
  /** Permissions of the top (an empty path) and of the folders on the way, by path. */
  readonly modes: readonly (readonly [string, number])[];
  readonly awaited: readonly string[];
  /** Git folders. */
  readonly repositories: readonly string[];
  /** As the manifest has them. */
  readonly protect: readonly string[];
  /** Folders that could not be read then, either; printable. */
  readonly unread: readonly string[];
}

/** Something taken out of the folder. All paths are printable. */
export interface Taken {
  readonly path: string;
  /** Where it is now; from the record's folder on, or absolute where a move was only possible inside of the folder. */
  readonly to: string;
  readonly why: string;
}

/** `mount.json`. */
export interface MountReport {
  /** `claimed`: nothing was mounted yet. `open`: a bottle may have been there, and nobody compared yet. */
  readonly state: "claimed" | "open" | "closed";
  readonly folder: string;
  /** Whose end is the bottle's end. */
  readonly supervisor: { readonly pid: number; readonly started: number };
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  readonly closedAt?: number;
  /** Read-only paths. */
  readonly held: number;
  readonly taken?: readonly Taken[];
  /** Held paths that something on the host replaced while the bottle ran, which ended their protection. */
  readonly lost?: readonly { readonly path: string; readonly putBack: boolean }[];
  /** Changed files that the owner's programs run or obey. */
  readonly changed?: readonly string[];
  /** New links out of the folder. */
  readonly links?: readonly string[];
  /** What could not be looked at, or not be taken: to be seen to by hand. */
  readonly problems?: readonly { readonly path: string; readonly why: string }[];
}

/** What the comparison found; the report without its frame. */
export type Findings = Required<
  Pick<MountReport, "taken" | "lost" | "changed" | "links" | "problems">
>;

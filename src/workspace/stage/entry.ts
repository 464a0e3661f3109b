/** What git knows of a file: its mode and the id of its content. */

export type Mode = "100644" | "100755" | "120000" | "160000";

export interface Entry {
  readonly mode: Mode;
  /** Of a blob; of a commit where the mode is 160000, a submodule. */
  readonly id: string;
}

export function sameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  return one?.mode === other?.mode && one?.id === other?.id;
}

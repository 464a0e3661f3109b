/** What a protected path is: one that a program of the owner runs or obeys without being asked. */

/** `tool`: package managers, debuggers, interpreters. `yours`: named by the manifest. */
export type ProtectedKind =
  | "git"
  | "editor"
  | "agent"
  | "ci"
  | "hooks"
  | "shell"
  | "tool"
  | "yours";

export interface ProtectedGroup {
  readonly kind: ProtectedKind;
  /** `top`: from the folder's top on. `anywhere`: in every folder, because the program looks where it is started. */
  readonly where: "top" | "anywhere";
  /** Paths; `*` stands for any characters of one segment. Letter case does not count. */
  readonly paths: readonly string[];
}

/** Words of a table, by white space. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

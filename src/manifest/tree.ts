/** The manifest as read, before it is checked: maps, lists and scalars, each with its place in the text. */

/** `at` is an offset into the text; `report.ts` turns it into line and column. */
export type Tree = TreeMap | TreeList | TreeScalar;

export interface TreeMap {
  readonly kind: "map";
  readonly at: number;
  readonly entries: readonly TreeEntry[];
}

export interface TreeEntry {
  readonly key: string;
  readonly at: number;
  readonly value: Tree;
}

export interface TreeList {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly Tree[];
}

export interface TreeScalar {
  readonly kind: "scalar";
  readonly at: number;
  readonly value: string | number | boolean | null;
  /** Already refused (it is shaped like a token): say nothing more about it. */
  readonly refused: boolean;
}

/** The value under a key, or undefined. */
export function lookUp(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === "map" ? tree.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** What a tree is, for "expected X, found Y". */
export function nameOf(tree: Tree): string {
  if (tree.kind === "map") return "a map";
  if (tree.kind === "list") return "a list";
  if (tree.value === null) return "nothing";
  return { string: "text", number: "a number", boolean: "true or false" }[
    typeof tree.value as "string" | "number" | "boolean"
  ];
}

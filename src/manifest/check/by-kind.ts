/** A type for values that may be written in several forms: which one is meant is seen from what stands there. */
import type { JsonSchema, Type } from "./type.ts";
import { wrongType } from "./type.ts";

/** The forms that are allowed; those left out are wrong. */
export interface Kinds<T> {
  readonly text?: Type<T>;
  readonly number?: Type<T>;
  readonly list?: Type<T>;
  readonly map?: Type<T>;
}

/** Chooses the type by the kind of the tree; an error names every form there is. */
export function byKind<T>(kinds: Kinds<T>): Type<T> {
  const types = [kinds.text, kinds.number, kinds.list, kinds.map].filter(
    (type) => type !== undefined,
  );
  const name = types.map((type) => type.name).join(", or ");
  return {
    name,
    get json(): JsonSchema {
      return { anyOf: types.map((type) => type.json) };
    },
    read(tree, report) {
      const kind =
        tree.kind === "scalar" ? (tree.refused ? "string" : typeof tree.value) : tree.kind;
      const type = kinds[kind === "string" ? "text" : (kind as keyof Kinds<T>)];
      return type === undefined ? wrongType(name, tree, report) : type.read(tree, report);
    },
  };
}

/** A type for maps that say by a word of theirs which of several they are. */
import { lookUp } from "../tree.ts";
import { choice } from "./scalar.ts";
import type { JsonSchema, Type } from "./type.ts";
import { wrongType } from "./type.ts";

/** Chooses by the value of a key; `later` are words of later versions. */
export function byWord<T>(
  name: string,
  key: string,
  types: Readonly<Record<string, Type<T>>>,
  later: readonly string[] = [],
): Type<T> {
  const words = Object.keys(types);
  const wanted = choice(words, later);
  return {
    name,
    get json(): JsonSchema {
      return { anyOf: Object.values(types).map(({ json }) => json) };
    },
    read(tree, report) {
      const written = lookUp(tree, key);
      if (written === undefined) return wrongType(name, tree, report);
      const word = wanted.read(written, report);
      return word === undefined ? undefined : types[word]?.read(tree, report);
    },
  };
}

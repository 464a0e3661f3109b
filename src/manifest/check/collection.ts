/** Types of several values: lists, and maps whose keys the user chooses. */
import { quote } from "../quote.ts";
import type { Format } from "./scalar.ts";
import type { JsonSchema, Type } from "./type.ts";
import { wrongType } from "./type.ts";

/** Longer lists are mistakes or attacks. */
const maxItems = 10_000;

/** A list; with `least` 1 an empty one is refused, where "none" and "any" could be confused. */
export function list<T>(of: Type<T>, least: 0 | 1 = 0): Type<readonly T[]> {
  const name = `a list (each ${of.name})`;
  return {
    name,
    get json(): JsonSchema {
      return { type: "array", items: of.json, maxItems, ...(least > 0 && { minItems: least }) };
    },
    read(tree, report) {
      if (tree.kind !== "list") return wrongType(name, tree, report);
      if (tree.items.length < least || tree.items.length > maxItems) {
        const empty = tree.items.length < least;
        report.add(tree.at, {
          code: "E_MANIFEST_VALUE",
          what: empty
            ? "The list is empty, which could mean none or any."
            : `The list has more than ${maxItems} items.`,
          ...(empty && { next: "Leave the key out, or name at least one." }),
        });
        return undefined;
      }
      const values = tree.items.map((item) => of.read(item, report));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** A map from names in a format to values; `make` joins the two. */
export function mapOf<V, T>(
  key: Format<string>,
  of: Type<V>,
  make: (name: string, value: V) => T,
): Type<readonly T[]> {
  const name = `a map (each ${of.name})`;
  return {
    name,
    get json(): JsonSchema {
      return { type: "object", additionalProperties: of.json };
    },
    read(tree, report) {
      if (tree.kind !== "map") return wrongType(name, tree, report);
      const values: T[] = [];
      for (const entry of tree.entries) {
        const parsed = key.parse(entry.key);
        if (!parsed.ok) report.add(entry.at, parsed.problem);
        const value = of.read(entry.value, report);
        if (parsed.ok && value !== undefined) values.push(make(parsed.value, value));
      }
      return values.length === tree.entries.length ? values : undefined;
    },
  };
}

/** A list in which no two items may have the same key. */
export function unique<T>(of: Type<readonly T[]>, keyOf: (item: T) => string): Type<readonly T[]> {
  return {
    name: of.name,
    get json(): JsonSchema {
      return of.json;
    },
    read(tree, report) {
      const values = of.read(tree, report);
      if (values === undefined || tree.kind !== "list") return values;
      const seen = new Set<string>();
      let whole = true;
      for (const [index, value] of values.entries()) {
        const key = keyOf(value);
        if (seen.has(key)) {
          whole = false;
          report.add(tree.items[index]?.at ?? tree.at, {
            code: "E_MANIFEST_CONFLICT",
            what: `${quote(key)} stands twice in the list.`,
            next: "Keep one of the two.",
          });
        }
        seen.add(key);
      }
      return whole ? values : undefined;
    },
  };
}

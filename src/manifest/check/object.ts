/** Types with fixed keys, and choices between types by what was written. */
import { closest } from "../closest.ts";
import { quote } from "../quote.ts";
import type { Report } from "../report.ts";
import type { Tree, TreeMap } from "../tree.ts";
import { lookUp } from "../tree.ts";
import type { JsonSchema, Type } from "./type.ts";
import { wrongType } from "./type.ts";

/** One key: its type, what it means, and what holds when it is absent. */
export interface Field<V> {
  readonly type: Type<V>;
  readonly doc: string;
  readonly required?: true;
  readonly fallback?: V;
  /** How the default is written in a manifest, for docs; `fallback` is how it is held. */
  readonly written?: unknown;
}

export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

/** A map with exactly these keys; `later` are keys of later versions, refused with that reason. */
export function object<T extends object>(
  name: string,
  fields: Fields<T>,
  later: readonly string[] = [],
): Type<T> {
  const known = Object.entries<Field<unknown>>(fields);
  return {
    name,
    get json(): JsonSchema {
      return jsonOf(known);
    },
    read(tree, report) {
      if (tree.kind !== "map") return wrongType(name, tree, report);
      let whole = refuseUnknown(tree, new Set(known.map(([key]) => key)), later, name, report);
      const result: Record<string, unknown> = {};
      for (const [key, field] of known) {
        const found = lookUp(tree, key);
        const value = found === undefined ? field.fallback : field.type.read(found, report);
        if (value !== undefined) result[key] = value;
        else if (found !== undefined) whole = false;
        else if (field.required === true) {
          report.add(tree.at, {
            code: "E_MANIFEST_MISSING_KEY",
            what: `The key "${key}" is missing in ${name}.`,
            next: field.doc,
          });
          whole = false;
        }
      }
      // Every field was read by the type that `Fields<T>` demands for its key.
      return whole ? (result as T) : undefined;
    },
  };
}

function refuseUnknown(
  tree: TreeMap,
  known: ReadonlySet<string>,
  later: readonly string[],
  name: string,
  report: Report,
): boolean {
  let whole = true;
  for (const entry of tree.entries) {
    if (known.has(entry.key)) continue;
    whole = false;
    if (later.includes(entry.key)) {
      report.add(entry.at, {
        code: "E_MANIFEST_NOT_YET",
        what: `"${entry.key}" is not part of this version.`,
        next: "Remove it.",
      });
      continue;
    }
    const near = closest(entry.key, known);
    report.add(entry.at, {
      code: "E_MANIFEST_UNKNOWN_KEY",
      what: `Unknown key ${quote(entry.key)} in ${name}.`,
      next:
        near === undefined ? `Known keys: ${[...known].join(", ")}.` : `Did you mean "${near}"?`,
    });
  }
  return whole;
}

function jsonOf(known: readonly (readonly [string, Field<unknown>])[]): JsonSchema {
  const properties = known.map(([key, field]) => {
    const written = field.written ?? field.fallback;
    return [
      key,
      {
        ...field.type.json,
        description: field.doc,
        ...(written !== undefined && { default: written }),
      },
    ] as const;
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: known.filter(([, field]) => field.required === true).map(([key]) => key),
    additionalProperties: false,
  };
}

/** Either a short form in text or a long form in a map. */
export function shortOrLong<T>(short: Type<T>, long: Type<T>): Type<T> {
  const name = `${short.name}, or ${long.name}`;
  return {
    name,
    get json(): JsonSchema {
      return { anyOf: [short.json, long.json] };
    },
    read(tree, report) {
      if (tree.kind === "list") return wrongType(name, tree, report);
      return (tree.kind === "map" ? long : short).read(tree, report);
    },
  };
}

/** Chooses the type of a map by whether it has a key. */
export function byKey<T>(name: string, key: string, present: Type<T>, absent: Type<T>): Type<T> {
  return {
    name,
    get json(): JsonSchema {
      return { anyOf: [present.json, absent.json] };
    },
    read(tree, report) {
      if (tree.kind !== "map") return wrongType(name, tree, report);
      return (lookUp(tree, key) === undefined ? absent : present).read(tree, report);
    },
  };
}

/** A type with one more step after it, which may report faults of the whole. */
export function refine<A, B>(
  type: Type<A>,
  step: (value: A, tree: Tree, report: Report) => B | undefined,
): Type<B> {
  return {
    name: type.name,
    get json(): JsonSchema {
      return type.json;
    },
    read(tree, report) {
      const value = type.read(tree, report);
      return value === undefined ? undefined : step(value, tree, report);
    },
  };
}

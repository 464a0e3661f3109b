/** Types of single values: text in a format, numbers, true or false, and one word of a few. */
import { closest } from "../closest.ts";
import { quote } from "../quote.ts";
import type { Problem } from "../report.ts";
import type { JsonSchema, Type } from "./type.ts";
import { wrongType } from "./type.ts";

/** What a format says to a text: its value, or why not. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export interface Format<T> {
  readonly name: string;
  readonly json: JsonSchema;
  parse(text: string): Parsed<T>;
}

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(
  code: Problem["code"],
  what: string,
  next?: string,
  why?: string,
): { readonly ok: false; readonly problem: Problem } {
  return {
    ok: false,
    problem: { code, what, ...(why !== undefined && { why }), ...(next !== undefined && { next }) },
  };
}

/** Text in a format. */
export function text<T>(format: Format<T>): Type<T> {
  return {
    name: format.name,
    json: { type: "string", ...format.json },
    read(tree, report) {
      if (tree.kind === "scalar" && tree.refused) return undefined;
      if (tree.kind !== "scalar" || typeof tree.value !== "string") {
        const quotable = tree.kind === "scalar" && tree.value !== null;
        return wrongType(
          format.name,
          tree,
          report,
          quotable ? "Put the value in quotes." : undefined,
        );
      }
      const parsed = format.parse(tree.value);
      if (parsed.ok) return parsed.value;
      report.add(tree.at, parsed.problem);
      return undefined;
    },
  };
}

/** A number within bounds, both included. */
export function number(bounds: {
  readonly minimum: number;
  readonly maximum: number;
  readonly whole: boolean;
}): Type<number> {
  const { minimum, maximum, whole } = bounds;
  const name = whole ? "a whole number" : "a number";
  return {
    name,
    json: { type: whole ? "integer" : "number", minimum, maximum },
    read(tree, report) {
      if (tree.kind !== "scalar" || typeof tree.value !== "number")
        return wrongType(name, tree, report);
      const { value } = tree;
      if (value >= minimum && value <= maximum && (!whole || Number.isInteger(value))) return value;
      report.add(tree.at, {
        code: "E_MANIFEST_VALUE",
        what: `${value} is not ${name} from ${minimum} to ${maximum}.`,
      });
      return undefined;
    },
  };
}

/** One word of a few; `later` lists words that a later version will know, so that they are not called typing errors. */
export function choice<T extends string>(
  words: readonly T[],
  later: readonly string[] = [],
): Type<T> {
  const name = words.length === 1 ? `"${words[0] ?? ""}"` : `one of ${words.join(", ")}`;
  return {
    name,
    json: { type: "string", enum: words },
    read(tree, report) {
      if (tree.kind !== "scalar" || typeof tree.value !== "string")
        return wrongType(name, tree, report);
      const { value } = tree;
      const word = words.find((known) => known === value);
      if (word !== undefined || tree.refused) return word;
      const future = later.find(
        (prefix) => value === prefix || (/\W$/.test(prefix) && value.startsWith(prefix)),
      );
      if (future !== undefined) {
        report.add(tree.at, {
          code: "E_MANIFEST_NOT_YET",
          what: `${quote(value)} is not part of this version.`,
          next: `Use ${name}.`,
        });
        return undefined;
      }
      const near = closest(value, words);
      report.add(tree.at, {
        code: "E_MANIFEST_VALUE",
        what: `${quote(value)} is not known here.`,
        next: near === undefined ? `Use ${name}.` : `Did you mean "${near}"?`,
      });
      return undefined;
    },
  };
}

/** A number that must be exactly this one. */
export function exactly<T extends number>(wanted: T): Type<T> {
  return {
    name: String(wanted),
    json: { enum: [wanted] },
    read(tree, report) {
      if (tree.kind !== "scalar" || typeof tree.value !== "number")
        return wrongType(`the number ${wanted}`, tree, report, `Write ${wanted}, without quotes.`);
      if (tree.value === wanted) return wanted;
      report.add(tree.at, {
        code: "E_MANIFEST_VALUE",
        what: `${tree.value} is not known here.`,
        next: `Write ${wanted}.`,
      });
      return undefined;
    },
  };
}

/** True or false, and no other word for it. */
export const flag: Type<boolean> = {
  name: "true or false",
  json: { type: "boolean" },
  read(tree, report) {
    if (tree.kind === "scalar" && typeof tree.value === "boolean") return tree.value;
    return wrongType("true or false", tree, report);
  },
};

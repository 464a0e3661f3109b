/** A type of the manifest: as data for `bottle schema` and docs, and as a reader that checks a tree and reports each fault. */
import type { Report } from "../report.ts";
import type { Tree } from "../tree.ts";
import { nameOf } from "../tree.ts";

/** The part of JSON Schema (draft 2020-12) that manifests need. */
export interface JsonSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly anyOf?: readonly JsonSchema[];
}

export interface Type<T> {
  /** For "expected …". */
  readonly name: string;
  /** Made when it is asked for: a start never asks. */
  readonly json: JsonSchema;
  /** The value, or undefined after a report. */
  read(tree: Tree, report: Report): T | undefined;
}

/** Reports a tree of the wrong kind, unless it was refused already. */
export function wrongType(expected: string, tree: Tree, report: Report, next?: string): undefined {
  if (tree.kind === "scalar" && tree.refused) return undefined;
  report.add(tree.at, {
    code: "E_MANIFEST_TYPE",
    what: `Expected ${expected}, found ${nameOf(tree)}.`,
    ...(next !== undefined && { next }),
  });
  return undefined;
}

/** The tables of docs/manifest.md, made from the schema: between two markers stands what holds, and nothing by hand. */
import type { JsonSchema } from "../../src/manifest/check/type.ts";

const region = /<!-- keys: ([\w.]+) -->\n[^]*?<!-- end of keys -->/g;

/** The page with every table made anew. */
export function withTables(page: string, schema: JsonSchema): string {
  return page.replaceAll(region, (_whole, path: string) => {
    const table = tableOf(objectAt(schema, path.split(".")));
    return `<!-- keys: ${path} -->\n\n${table}\n\n<!-- end of keys -->`;
  });
}

/** What the markers of a page name. */
export function tablesOf(page: string): readonly string[] {
  return [...page.matchAll(region)].map(([, path = ""]) => path);
}

/** Every map with fixed keys, by its path. */
export function objectPaths(schema: JsonSchema, path: readonly string[] = []): readonly string[] {
  const objects = objectsIn(schema);
  return objects.flatMap((object, index) => {
    const here = objects.length > 1 ? [...path, String(index)] : path;
    const inner = Object.entries(object.properties ?? {}).flatMap(([key, value]) =>
      objectPaths(value, [...here, key]),
    );
    return [...(here.length > 0 ? [here.join(".")] : []), ...inner];
  });
}

/** Maps with fixed keys that a value can be, or can be made of, with no key in between. */
function objectsIn(schema: JsonSchema): readonly JsonSchema[] {
  if (schema.properties !== undefined) return [schema];
  const parts = [schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])];
  return parts.flatMap((part) => (part ? objectsIn(part) : []));
}

function objectAt(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const objects = objectsIn(schema);
  const [first = "", ...rest] = path;
  const chosen = objects[/^\d+$/.test(first) ? Number(first) : 0];
  if (chosen === undefined) throw new Error(`the schema has no map at ${path.join(".")}`);
  if (path.length === 0) return chosen;
  if (/^\d+$/.test(first)) return objectAt(chosen, rest);
  const value = chosen.properties?.[first];
  if (value === undefined) throw new Error(`the schema has no key ${first}`);
  return objectAt(value, rest);
}

function tableOf({ properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties).map(
    ([key, value]) =>
      `| \`${key}\` | ${value.description ?? ""} | ${formOf(value)} | ${required.includes(key) ? "required" : defaultOf(value)} |`,
  );
  return ["| key | meaning | form | without it |", "|---|---|---|---|", ...rows].join("\n");
}

function formOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(", ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(formOf))].join("; or ");
  if (schema.type === "array") return `list of: ${schema.items ? formOf(schema.items) : "nothing"}`;
  if (schema.type === "object") return "map";
  if (schema.type === "boolean") return "`true`, `false`";
  if (schema.type === "string") return "text";
  const { minimum, maximum } = schema;
  return `number from ${minimum ?? ""} to ${maximum ?? ""}`;
}

function defaultOf({ default: written }: JsonSchema): string {
  if (written === undefined) return "none";
  if (typeof written === "object" && Object.keys(written ?? {}).length === 0) return "none";
  return `\`${typeof written === "string" ? written : JSON.stringify(written)}\``;
}

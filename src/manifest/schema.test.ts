import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { objectPaths, tablesOf, withTables } from "../../tests/support/manifest-page.ts";
import { checkManifest } from "./check-manifest.ts";
import type { JsonSchema } from "./check/type.ts";
import { manifestJsonSchema } from "./schema.ts";

/** Every key anywhere in the schema, with its own schema. */
function* keysOf(schema: JsonSchema): Generator<readonly [string, JsonSchema]> {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    yield [key, value];
    yield* keysOf(value);
  }
  for (const part of [schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])])
    if (part) yield* keysOf(part);
}

describe("the format as JSON Schema", () => {
  const schema = manifestJsonSchema();

  it("is plain data", () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it("says of every key what it means", () => {
    const keys = [...keysOf(schema)];
    expect(keys.length).toBeGreaterThan(40);
    for (const [key, { description }] of keys) expect(description, key).toMatch(/^\S.*\.$/s);
  });

  it("shows defaults as a manifest would write them, and they are the ones that hold", () => {
    const written = Object.fromEntries(
      [...keysOf(schema)]
        .filter(([key]) => ["cpus", "memory", "pids", "disk"].includes(key))
        .map(([key, value]) => [key, value.default]),
    );
    const explicit = checkManifest(
      "m",
      JSON.stringify({ version: 1, bottles: { dev: { resources: written } } }),
    );
    const implicit = checkManifest("m", "version: 1\nbottles: {dev: {}}\n");
    expect(explicit.bottles).toEqual(implicit.bottles);
  });
});

describe("the page about the manifest", async () => {
  const file = fileURLToPath(new URL("../../docs/manifest.md", import.meta.url));
  const page = await readFile(file, "utf8");

  it("has the tables that the schema makes; with -u they are written anew", async () => {
    await expect(withTables(page, manifestJsonSchema())).toMatchFileSnapshot(file);
  });

  it("has a table for every map there is", () => {
    expect([...tablesOf(page)].toSorted()).toEqual(
      objectPaths(manifestJsonSchema())
        // A rule that denies is written as one that allows.
        .filter((path) => path !== "bottles.egress.deny")
        .toSorted(),
    );
  });
});

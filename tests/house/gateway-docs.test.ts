/** The pages that list codes and boundaries list exactly those of the code. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { breakable } from "../../src/proof/boundaries.ts";
import { root } from "./scratch.ts";

async function sourcesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  const sources = names.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return Promise.all(sources.map((name) => readFile(join(root, folder, name), "utf8")));
}

describe("docs/gateway.md", () => {
  it("lists every code of a refusal, and no other", async () => {
    const gateway = (await sourcesIn("src/gateway")).join("\n");
    const credentials = (await sourcesIn("src/credentials")).join("\n");
    const thrown = [
      ...gateway.matchAll(/new Refusal\(\s*"([a-z0-9-]+)"/g),
      ...credentials.matchAll(/(?:new Refused\(|\brefuse\(|\bcode:)\s*"([a-z0-9-]+)"/g),
    ].map(([, code = ""]) => code);
    const page = await readFile(join(root, "docs/gateway.md"), "utf8");
    const table = page.slice(page.indexOf("| code |"), page.indexOf("## The model's API"));
    const firstCells = [...table.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
    const listed = firstCells.flatMap((cell) => cell.replaceAll("`", "").split(", "));
    expect(listed.toSorted()).toEqual([...new Set(thrown)].toSorted());
  });
});

describe("docs/namespace.md", () => {
  it("lists every boundary that a test can open", async () => {
    const page = await readFile(join(root, "docs/namespace.md"), "utf8");
    const start = page.indexOf("BOTTLE_TEST_BREAK");
    const listed = page.slice(start, page.indexOf("The start then ends", start));
    const names = [...listed.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name);
    expect(names.toSorted()).toEqual([...breakable, "secret"].toSorted());
  });
});

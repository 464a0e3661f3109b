import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./scratch.ts";

const sizes = await Promise.all(
  (await readdir(join(root, "src"), { recursive: true }))
    .filter((name) => /(?<!\.test)\.ts$/.test(name))
    .map(async (name) => ({
      name,
      lines: (await readFile(join(root, "src", name), "utf8")).trimEnd().split("\n").length,
    })),
);

it("no source is longer than 300 lines", () => {
  expect(sizes.length).toBeGreaterThan(100);
  expect(sizes.filter(({ lines }) => lines > 300)).toEqual([]);
});

it("half of the sources are shorter than 80 lines", () => {
  const sorted = sizes.map(({ lines }) => lines).toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(80);
});

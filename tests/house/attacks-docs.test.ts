/** docs/attacks.md names, for every class of attack, tests that are there, and no attack test is missing from it. */
import { access, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./scratch.ts";

const page = await readFile(join(root, "docs/attacks.md"), "utf8");
const rows = [...page.matchAll(/^\| (\d+) \|.*$/gm)].map(([line, number]) => ({
  number: Number(number),
  files: [...line.matchAll(/\]\(\.\.\/([^)#]+\.test\.ts)\)/g)].map(([, file = ""]) => file),
}));

it("has every class once, in order", () => {
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_row, index) => index + 1));
  expect(rows.length).toBeGreaterThanOrEqual(20);
});

it.each(rows)("class $number is held by tests that are there", async ({ files }) => {
  expect(files).not.toEqual([]);
  for (const file of files) await access(join(root, file));
});

it("lists every test of attacks on the gateway", async () => {
  const names = await readdir(join(root, "tests/escape/gateway"));
  const listed = new Set(rows.flatMap(({ files }) => files));
  expect(names.filter((name) => !listed.has(`tests/escape/gateway/${name}`))).toEqual([]);
});

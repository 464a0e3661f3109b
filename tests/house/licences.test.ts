import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, run, scratch } from "./scratch.ts";

const script = join(root, "scripts/test/licences.js");

async function judge(packages: object): Promise<{ code: number | null; stdout: string }> {
  await using place = await scratch();
  await writeFile(
    join(place.dir, "package-lock.json"),
    JSON.stringify({ packages: { "": {}, ...packages } }),
  );
  return await run([process.execPath, script, place.dir], { cwd: place.dir });
}

it("takes every package of this lock file", async () => {
  const { code, stdout } = await run([process.execPath, script], { cwd: root });
  expect(stdout).toBe("");
  expect(code).toBe(0);
});

it.each([
  ["a licence that is not on the list", { license: "AGPL-3.0-only" }],
  ["a package without a licence", {}],
  ["a run-time package with a licence for tools alone", { license: "MPL-2.0" }],
  ["a pair of licences of which one is not on the list", { license: "(MIT AND AGPL-3.0-only)" }],
])("refuses %s", async (_kind, entry) => {
  const { code, stdout } = await judge({ "node_modules/x": entry });
  expect(stdout).toContain("node_modules/x");
  expect(code).toBe(1);
});

it("holds what is bundled to the list of run-time packages, though it is installed for development", async () => {
  expect((await judge({ "node_modules/yaml": { license: "MPL-2.0", dev: true } })).code).toBe(1);
  expect((await judge({ "node_modules/vite": { license: "MPL-2.0", dev: true } })).code).toBe(0);
});

it("takes a choice of licences of which one is on the list", async () => {
  expect((await judge({ "node_modules/x": { license: "(GPL-2.0 OR MIT)" } })).code).toBe(0);
});

it("finds nothing missing from this lock file, so that npm takes it on every platform", async () => {
  await using place = await scratch();
  const copy = join(place.dir, "package-lock.json");
  await copyFile(join(root, "package-lock.json"), copy);
  const { stdout } = await run([process.execPath, join(root, "scripts/lock.js"), place.dir], {
    cwd: place.dir,
  });
  expect(stdout).toBe("0 added\n");
  expect(await readFile(copy, "utf8")).toBe(
    await readFile(join(root, "package-lock.json"), "utf8"),
  );
});

it("names no registry in the lock file", async () => {
  const text = await readFile(join(root, "package-lock.json"), "utf8");
  expect(text).not.toContain('"resolved"');
});

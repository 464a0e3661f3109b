/** The linter is set up to see what must not be in this code: each kind is planted once. */
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, run, scratch } from "./scratch.ts";

const plants: readonly (readonly [rule: string, source: string])[] = [
  ["no-floating-promises", "async function a(): Promise<void> {}\na();\n"],
  ["no-misused-promises", "export const n = [1].filter(async (one) => one > 0);\n"],
  ["await-thenable", "export const n = await 1;\n"],
  ["no-explicit-any", "export const n: any = 1;\n"],
  ["no-unsafe-assignment", 'export const n: { a: number } = JSON.parse("1");\n'],
  ["ban-ts-comment", "// @ts-ignore\nexport const n: number = 1;\n"],
  ["no-non-null-assertion", "export const n = [1][0]!;\n"],
  ["no-focused-tests", 'import { it } from "vitest";\nit.only("a", () => {});\n'],
  ["no-console", 'console.log("a");\nexport {};\n'],
  ["no-eval", 'eval("1");\nexport {};\n'],
];

it("refuses what is planted, kind by kind, and takes a clean file", async () => {
  await using place = await scratch();
  for (const file of [".oxlintrc.json", "tsconfig.json", "package.json"])
    await copyFile(join(root, file), join(place.dir, file));
  await symlink(join(root, "node_modules"), join(place.dir, "node_modules"));
  const src = join(place.dir, "src");
  await mkdir(src);
  await writeFile(join(src, "clean.ts"), "export const one: number = 1;\n");
  await writeFile(
    join(src, "cycle-a.ts"),
    'import { b } from "./cycle-b.ts";\nexport const a = (): number => b();\n',
  );
  await writeFile(
    join(src, "cycle-b.ts"),
    'import { a } from "./cycle-a.ts";\nexport const b = (): number => a();\n',
  );
  // vitest's rules look at test files alone.
  const nameOf = (rule: string): string =>
    `${rule}${rule === "no-focused-tests" ? ".test" : ""}.ts`;
  for (const [rule, source] of plants) await writeFile(join(src, nameOf(rule)), source);

  const program = join(root, "node_modules/.bin/oxlint");
  const args = ["--type-aware", "--deny-warnings", "-f", "unix"];
  const { code, stdout } = await run([program, ...args], { cwd: place.dir });

  const lines = stdout.split("\n");
  const seen = (file: string, rule: string): boolean =>
    lines.some((line) => line.includes(`src/${file}:`) && line.includes(`(${rule})`));
  expect(plants.filter(([rule]) => !seen(nameOf(rule), rule))).toEqual([]);
  expect(seen("cycle-a.ts", "no-cycle")).toBe(true);
  expect(stdout).not.toContain("clean.ts");
  expect(code).not.toBe(0);
});

/** docs/doctor.md explains exactly the checks that there are. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./scratch.ts";

const folders = [
  "src/compose/doctor",
  "src/backends/namespace/doctor",
  "src/backends/docker/doctor",
  "src/backends/docker/kata",
];

it("docs/doctor.md lists every check, and no other", async () => {
  const named: string[] = [];
  for (const folder of folders)
    for (const file of await readdir(join(root, folder))) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
      const text = await readFile(join(root, folder, file), "utf8");
      for (const [, name = ""] of text.matchAll(
        /\b(?:name(?: =|:) |(?:good|bad)\(\s*)"([a-z-]+)"/g,
      ))
        named.push(name);
    }
  const page = await readFile(join(root, "docs/doctor.md"), "utf8");
  const cells = [...page.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
  const listed = cells.flatMap((cell) => cell.replaceAll("`", "").split(", "));
  expect(listed.toSorted()).toEqual([...new Set(named)].toSorted());
});

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { dangerByNature, dangerTable } from "./table.ts";

const page = join(resolve(import.meta.dirname, "../../.."), "docs/workspace.md");

function rows(): string {
  const named = dangerTable.map(
    ({ kind, reason, paths }) =>
      `| \`${kind}\` | ${reason} | ${paths.map((path) => `\`${path}\``).join(" ")} |`,
  );
  const natural = Object.entries(dangerByNature).map(
    ([kind, reason]) => `| \`${kind}\` | ${reason} | any |`,
  );
  return ["| mark | it … | files |", "|---|---|---|", ...named, ...natural].join("\n");
}

it("the table of danger marks is what docs/workspace.md shows", async () => {
  const text = await readFile(page, "utf8");
  const between = /(<!-- danger table: [^\n]* -->\n)[^]*(<!-- end of the danger table -->)/;
  expect(text).toMatch(between);
  await expect(text.replace(between, `$1\n${rows()}\n\n$2`)).toMatchFileSnapshot(page);
});

/** docs/ports.md lists the codes of the refusals at a port, and no other. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./scratch.ts";

it("docs/ports.md lists every refusal at a port, and no other", async () => {
  const folder = join(root, "src/ports");
  const names = (await readdir(folder)).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const sources = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const thrown = [...sources.join("\n").matchAll(/new Refusal\(\s*"([a-z-]+)"/g)].map(
    ([, code = ""]) => code,
  );
  const page = await readFile(join(root, "docs/ports.md"), "utf8");
  const listed = [...page.matchAll(/^\| [^|]+ \| `([a-z-]+)` \|/gm)].map(([, code = ""]) => code);
  expect([...new Set(listed)].toSorted()).toEqual(
    [...new Set([...thrown, "malformed-request"])].toSorted(),
  );
});

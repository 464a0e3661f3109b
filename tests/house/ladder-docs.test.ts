/** The table in docs/isolation.md is what the capability tables say, and every rung has its chapter. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { builtRungs } from "../../src/compose/registry.ts";
import { ladderTable, marks } from "./ladder-page.ts";
import { pathsOf } from "./markdown.ts";
import { root } from "./scratch.ts";

const page = join(root, "docs/isolation.md");
const text = await readFile(page, "utf8");

/** The chapter under a heading, up to the next of its depth. */
function chapter(title: string): string {
  const start = text.indexOf(`\n## ${title}\n`);
  return start < 0 ? "" : text.slice(start + 1, text.indexOf("\n## ", start + 4));
}

describe("docs/isolation.md", () => {
  it("has the ladder as the capability tables have it", async () => {
    const [begin = "", end = ""] = marks;
    const [before, rest = ""] = text.split(begin);
    const [, after] = rest.split(end);
    const whole = `${before}${begin}\n\n${await ladderTable()}\n\n${end}${after}`;
    await expect(whole).toMatchFileSnapshot(page);
  });

  it.each(builtRungs)(
    "says of %s what it stops, what it does not, and in which files that is",
    (rung) => {
      const own = chapter(rung);
      expect(own).toContain("\nStops:");
      expect(own).toContain("\nDoes not stop:");
      expect(pathsOf(own).filter((path) => path.startsWith("src/")).length).toBeGreaterThan(1);
    },
  );
});

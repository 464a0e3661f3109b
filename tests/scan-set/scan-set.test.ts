import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { falseOnes, trueCases } from "./cases.ts";
import type { SetCase } from "./cases.ts";
import { createJudge } from "./judge.ts";
import { tablesOf } from "./tables.ts";

const judge = createJudge();
const results = [...trueCases, ...falseOnes].map((one) => ({
  one,
  found: judge(one.request, one.partSize),
}));
const labelOf = ({ carrier, written, wanted }: SetCase, found: string | undefined): string =>
  `${carrier}: ${written}: ${wanted ?? "nothing"}, found ${found ?? "nothing"}`;

describe("the labelled set", () => {
  it("has at least 300 of either kind, in every carrier", () => {
    expect(trueCases.length).toBeGreaterThanOrEqual(300);
    expect(falseOnes.length).toBeGreaterThanOrEqual(300);
    const carriersOf = (cases: readonly SetCase[]): readonly string[] =>
      [...new Set(cases.map(({ carrier }) => carrier))].toSorted();
    expect(carriersOf(trueCases)).toEqual(carriersOf(falseOnes));
  });

  it("is found whole: every value in every encoding, and every token", () => {
    const missed = results.filter(
      ({ one, found }) => one.wanted !== undefined && found !== one.wanted,
    );
    expect(missed.map(({ one, found }) => labelOf(one, found))).toEqual([]);
  });

  it("is found however it is cut", () => {
    const missed = trueCases.flatMap((one) =>
      [1, 2, 3, 5, 8, 13, 31, 100].flatMap((size) => {
        const found = judge(one.request, size);
        return found === one.wanted ? [] : [`${labelOf(one, found)}, by ${size} bytes`];
      }),
    );
    expect(missed).toEqual([]);
  });

  it("has nothing found in what only looks like it", () => {
    const wrong = results.filter(
      ({ one, found }) => one.wanted === undefined && found !== undefined,
    );
    expect(wrong.map(({ one, found }) => labelOf(one, found))).toEqual([]);
  });

  it("is what docs/scanning.md says", async () => {
    const path = new URL("../../docs/scanning.md", import.meta.url);
    const page = await readFile(path, "utf8");
    const tables = tablesOf(results.map(({ one, found }) => ({ ...one, found })));
    const begin = "<!-- measured by tests/scan-set -->";
    const end = "<!-- end of measured -->";
    const before = page.slice(0, page.indexOf(begin));
    const after = page.slice(page.indexOf(end));
    await expect(`${before}${begin}\n\n${tables}\n\n${after}`).toMatchFileSnapshot(path.pathname);
  });
});

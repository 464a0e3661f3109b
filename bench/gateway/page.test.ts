import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { withNumbers } from "./page.ts";
import { drawGateway } from "./pictures.ts";
import { findings } from "./report.ts";
import type { GatewayReport } from "./report.ts";

const docs = resolve(import.meta.dirname, "../../docs");
const folder = join(docs, "benchmarks");
const report = JSON.parse(await readFile(join(folder, "gateway.json"), "utf8")) as GatewayReport;

describe("docs/benchmarks.md", () => {
  it("has the numbers of the run whose report lies beside its pictures", async () => {
    const page = await readFile(`${folder}.md`, "utf8");
    expect(withNumbers(page, report, "benchmarks")).toBe(page);
  });

  it("has that run's pictures, all of them and no others", async () => {
    const pictures = drawGateway(report);
    const there = (await readdir(folder)).filter(
      (name) => name.endsWith(".svg") && !name.startsWith("start"),
    );
    expect(there.toSorted()).toEqual(Object.keys(pictures).toSorted());
    for (const [name, picture] of Object.entries(pictures))
      expect(await readFile(join(folder, name), "utf8"), name).toBe(picture);
    const page = await readFile(`${folder}.md`, "utf8");
    for (const name of there) expect(page).toContain(`(benchmarks/${name})`);
  });

  it("gets no numbers where it has no place for them", () => {
    expect(() => withNumbers("# A page\n", report, "benchmarks")).toThrow("marks");
  });
});

describe("budgets", () => {
  it("are those of the design, met or missed as the numbers say", () => {
    const found = Object.fromEntries(findings(report).map((one) => [one.what, one]));
    expect(Object.values(found).map(({ budget, atLeast }) => [budget, atLeast])).toEqual([
      [0.5, true],
      [3, true],
      [15, true],
      [0.4, false],
      [2, false],
      [1, false],
      [80, false],
      [130, false],
      [1.3, false],
    ]);
    for (const { value, budget, atLeast, met } of Object.values(found))
      // Rounded for people, judged before that.
      if (Math.abs(value - budget) > 0.01)
        expect(atLeast ? value > budget : value < budget).toBe(met);
  });

  it("compare what was measured in the same run, at the worse of several connections", () => {
    const spread = (median: number): { median: number; min: number; max: number } => ({
      median,
      min: median,
      max: median,
    });
    const rate = (contender: "ours" | "nginx", connections: number, perSecond: number) => ({
      ...report.rates[0],
      contender,
      connections,
      perSecond: spread(perSecond),
    });
    const rates = [
      rate("ours", 1, 1),
      rate("ours", 16, 60),
      rate("ours", 64, 40),
      rate("nginx", 1, 100),
      rate("nginx", 16, 100),
      rate("nginx", 64, 100),
    ] as GatewayReport["rates"];
    const [first, ...rest] = findings({ ...report, rates });
    expect(first).toMatchObject({ what: "requests/s against nginx", value: 0.4, met: false });
    // Nothing is said of what was left out.
    expect(rest.some(({ what }) => what.includes("squid"))).toBe(false);
  });
});

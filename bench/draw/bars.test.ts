import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawBars } from "./bars.ts";
import { ticks, told } from "./scale.ts";

describe("the marks of an axis", () => {
  it("are round, evenly apart, few, and reach as far as the longest bar", () => {
    expect(ticks(23_456, 5)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    expect(ticks(0.7, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (most) => {
        const marks = ticks(most, 5);
        expect(marks[0]).toBe(0);
        expect(marks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(marks.length).toBeGreaterThan(1);
        expect(marks.length).toBeLessThan(8);
      }),
      { seed: 11 },
    );
  });

  it("are there where nothing was measured", () => {
    expect(ticks(0, 5)).toEqual([0, 1]);
    expect(ticks(Number.NaN, 5)).toEqual([0, 1]);
  });

  it("are told with the digits that say something", () => {
    expect([12_345.6, 84.31, 0.123].map(told)).toEqual(["12,346", "84.3", "0.12"]);
  });
});

describe("a picture of bars", () => {
  const chart = {
    title: 'Speed & <size> "now"',
    axis: "MB a second",
    groups: [
      {
        title: "down",
        bars: [
          { name: "ours", value: 50 },
          { name: "someone", value: 100 },
        ],
        budget: { value: 75, text: "budget: 75" },
      },
    ],
  };
  const picture = drawBars(chart);

  it("is well-formed, with title and axis in words", () => {
    const texts = execFileSync(
      "python3",
      [
        "-c",
        "import sys,xml.etree.ElementTree as e\nfor t in e.parse(sys.stdin).iter('{http://www.w3.org/2000/svg}text'): print(t.text)",
      ],
      { input: picture, encoding: "utf8" },
    );
    expect(texts.trim().split("\n")).toEqual(
      expect.arrayContaining([
        chart.title,
        "MB a second",
        "down",
        "ours",
        "50",
        "100",
        "budget: 75",
      ]),
    );
  });

  it("has bars as long as their values, and the budget's line between them", () => {
    const bar = (name: string): number =>
      Number(new RegExp(`class="bar ${name}"[^>]* width="([\\d.]+)"`).exec(picture)?.[1]);
    const start = Number(/class="bar ours" x="([\d.]+)"/.exec(picture)?.[1]);
    const line = Number(/class="budget" x1="([\d.]+)"/.exec(picture)?.[1]);
    expect(bar("other") / bar("ours")).toBeCloseTo(2, 1);
    expect((line - start) / bar("ours")).toBeCloseTo(1.5, 1);
  });

  it("has its own paper in light and in dark, so that it is read on any page", () => {
    expect(picture).toContain("@media(prefers-color-scheme:dark)");
    expect(picture).toContain('<rect class="paper"');
    expect(picture).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });
});

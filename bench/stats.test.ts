import { describe, expect, it } from "vitest";
import { percentile, ratio, spread } from "./stats.ts";

describe("the spread of measurements", () => {
  it("has the middle of odd and even counts", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3.14])).toEqual({ median: 2.6, min: 1, max: 4 });
  });

  it("has percentiles by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_none, index) => index + 1);
    expect([1, 50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([
      1, 50, 99, 100,
    ]);
    expect(percentile([7], 1)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
  });

  it("compares medians", () => {
    expect(ratio(spread([30]), spread([20]))).toBe(1.5);
  });
});

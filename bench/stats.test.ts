import { describe, expect, it } from "vitest";
import { ratio, spread } from "./stats.ts";

describe("the spread of measurements", () => {
  it("has the middle of odd and even counts", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3.14])).toEqual({ median: 2.6, min: 1, max: 4 });
  });

  it("compares medians", () => {
    expect(ratio(spread([30]), spread([20]))).toBe(1.5);
  });
});

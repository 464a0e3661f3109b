import fc from "fast-check";
import { expect, it } from "vitest";
import { closest, editDistance } from "./closest.ts";

it("counts insertions, deletions, substitutions and swaps", () => {
  expect(editDistance("rung", "rungg")).toBe(1);
  expect(editDistance("resuorces", "resources")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

it("is symmetric, and nought for equal words only", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(
      word,
      word,
      (a, b) =>
        editDistance(a, b) === editDistance(b, a) && (editDistance(a, b) === 0) === (a === b),
    ),
  );
});

it("suggests what is near and nothing else", () => {
  expect(closest("allwo", ["allow", "deny"])).toBe("allow");
  expect(closest("xyz", ["allow", "deny"])).toBeUndefined();
  expect(closest("x".repeat(100), ["x".repeat(99)])).toBeUndefined();
});

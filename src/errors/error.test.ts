import { expect, it } from "vitest";
import { BottleError, BottleErrors } from "./error.ts";

it("carries code, what, why, next and place as data", () => {
  const cause = new Error("inner");
  const place = { file: "bottles.yaml", line: 3, column: 5 };
  const error = new BottleError({
    code: "E_INTERNAL",
    what: "It broke.",
    why: "So.",
    next: "Mend it.",
    place,
    cause,
  });
  expect(error).toMatchObject({
    code: "E_INTERNAL",
    message: "It broke.",
    why: "So.",
    next: "Mend it.",
    place,
    cause,
  });
  expect(error.name).toBe("BottleError");
  expect(error).toBeInstanceOf(Error);
});

it("has no cause of its own where none is given", () => {
  const error = new BottleError({ code: "E_INTERNAL", what: "It broke." });
  expect(Object.hasOwn(error, "cause")).toBe(false);
  expect(error.next).toBeUndefined();
});

it("names every error of a group in one message", () => {
  const both = ["One.", "Two."].map((what) => new BottleError({ code: "E_INTERNAL", what }));
  expect(new BottleErrors(both).message).toBe("One.; Two.");
  expect(new BottleErrors(both).errors).toEqual(both);
});

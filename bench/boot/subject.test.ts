import { expect, it } from "vitest";
import { budgetOf, nameOf, subjectsOf } from "./subject.ts";

it("what is measured is named by rungs, each with its own link unless told", () => {
  expect(subjectsOf("namespace, runc", undefined).map(nameOf)).toEqual(["namespace", "runc"]);
  expect(subjectsOf("runc", "network")).toEqual([
    { rung: "runc", link: "network", place: "local" },
  ]);
  expect(subjectsOf("runc", "network").map(nameOf)).toEqual(["runc/network"]);
});

it("what this version does not have is refused by its name", () => {
  expect(() => subjectsOf("namespace,rung", undefined)).toThrow('the rung "rung"');
  expect(() => subjectsOf("namespace", "network")).toThrow(
    'the link "network" on the rung namespace',
  );
});

it("budgets are those of the design", () => {
  const budgets = subjectsOf("namespace,runc", undefined).map(budgetOf);
  expect(budgets).toEqual([1.35, 1.2]);
});

import { expect, test } from "vitest";
import { absoluteName, lookUpName } from "./look-up-name.ts";

test("a name is looked up as it is, and never below a search domain of this machine", () => {
  expect(absoluteName("api.example.org")).toBe("api.example.org.");
  expect(absoluteName("localhost")).toBe("localhost");
});

test("localhost is this machine", async () => {
  const found = await lookUpName("localhost");
  expect(found.length).toBeGreaterThan(0);
  for (const { address } of found) expect(address).toMatch(/^127\.|^::1$/);
});

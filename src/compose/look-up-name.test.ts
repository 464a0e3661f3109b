import { hostname } from "node:os";
import { lookup } from "node:dns/promises";
import { expect, test } from "vitest";
import { absoluteName, createLookUp } from "./look-up-name.ts";

test("a name is looked up as it is, and never below a search domain of this machine", () => {
  expect(absoluteName("api.example.org")).toBe("api.example.org.");
  expect(absoluteName("localhost")).toBe("localhost");
});

test("localhost is this machine", async () => {
  const found = await createLookUp(null)("localhost");
  expect(found.length).toBeGreaterThan(0);
  for (const { address } of found) expect(address).toMatch(/^127\.|^::1$/);
});

test("the owner's own proxy is found as other programs find it, in the hosts file too", async () => {
  const name = hostname();
  const expected = await lookup(name, { all: true }).catch(() => []);
  const found = await createLookUp({ url: `http://${name}:3128` })(name).catch(() => []);
  expect(found).toEqual(expected);
});

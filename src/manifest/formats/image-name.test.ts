import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageNameFormat } from "./image-name.ts";

const accepts = (text: string): boolean => imageNameFormat.parse(text).ok;

describe("the name of an image", () => {
  it.each([
    "default",
    "node:22",
    "debian:trixie-slim",
    "me/tools",
    "registry.example/me/tools:1",
    "localhost:5000/a_b__c/d-e.f",
    `me/tools@sha256:${"a".repeat(64)}`,
  ])("is one: %s", (text) => expect(accepts(text)).toBe(true));

  it.each([
    "",
    "Upper",
    "-x",
    "a b",
    "a:b:c",
    "a//b",
    "a/../b",
    "../a",
    "/a",
    "a/",
    "a:",
    "a@sha256:short",
    "a?x=1",
    "a#b",
    "a%2f",
    "a\nb",
    "x".repeat(401),
  ])("is none: %j", (text) => expect(accepts(text)).toBe(false));

  it("never holds what a path or a query of the API would take for something else", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30, unit: "binary" }), (text) => {
        if (accepts(text)) expect(text).toMatch(/^[A-Za-z0-9._/:@-]+$/);
      }),
      { seed: 20_261_124, numRuns: 2000 },
    );
  });
});

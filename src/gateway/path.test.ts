import { describe, expect, test } from "vitest";
import { allow } from "../../tests/support/gateway.ts";
import { comparablePath, scopedPath } from "./path.ts";
import { createPolicy } from "./policy.ts";

describe("a path that some server reads as another", () => {
  test.each([
    "/public/..%3b/admin",
    "/public/.%3Bx/admin",
    "/public/..%20/admin",
    "/public/..;/admin",
    "/public/%c0%ae%c0%ae/admin",
    "/public/%e0%80%ae/admin",
    "/public/%ff/admin",
    "/public/%ef%bc%8e%ef%bc%8e/admin",
    "/public%ef%bc%8fadmin",
    "/public/%e2%80%a5/admin",
    "/public/%2e%2e/admin",
    "/public/%252e%252e/admin",
    "/public//admin",
  ])("%s is refused", (path) => {
    expect(() => comparablePath(path)).toThrow("more than one way");
  });

  test("ordinary letters, also beyond ASCII, are compared", () => {
    expect(comparablePath("/caf%C3%A9/a%40b;v=1/...x")).toBe("/cafÃ©/a@b;v=1/...x");
    expect(() => comparablePath("/%e6%97%a5%e6%9c%ac")).not.toThrow();
  });
});

describe("a path that is denied", () => {
  const authority = { scheme: "http", host: "api.example.org", port: 80 } as const;
  const policy = createPolicy(
    [allow("api.example.org", 80)],
    [{ host: "api.example.org", ports: [], scheme: "http", paths: ["/admin", "/Secret/**"] }],
  );
  test.each([
    "/admin",
    "/admin/",
    "/ADMIN",
    "/%61dmin",
    "/admin;x=1",
    "/admin;x=1/",
    "/admin%3bx",
    "/secret/a",
    "/Secret;jsessionid=1/a",
  ])("is denied as %s too", (path) => {
    expect(policy.allows(authority, "GET", path)).toBe(false);
  });

  test("and its neighbours are not", () => {
    for (const path of ["/", "/administrator", "/a;admin", "/x/admin", "/secrets"])
      expect(policy.allows(authority, "GET", path), path).toBe(true);
  });
});

describe("the hidden slash of a scope's name", () => {
  test.each([
    ["/@me%2fpkg", "/@me/pkg"],
    ["/npm/@me%2Fpkg/1.0.0", "/npm/@me/pkg/1.0.0"],
    ["/-/package/@me%2fpkg/dist-tags", "/-/package/@me/pkg/dist-tags"],
  ])("is read in %s", (path, plain) => {
    expect(comparablePath(scopedPath(path))).toBe(plain);
  });

  test.each([
    "/me%2fpkg",
    "/@me%2f%2e%2e%2fx",
    "/@me%2f../x",
    "/@me%2f..%2fx",
    "/@me%2fpkg%2fx",
    "/x@me%2fpkg",
    "/@me%252fpkg",
    "/@me%2f",
    "/@%2fpkg",
  ])("is none in %s, which stays ambiguous", (path) => {
    expect(() => comparablePath(scopedPath(path))).toThrow("more than one way");
  });
});

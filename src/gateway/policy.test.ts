import { expect, test } from "vitest";
import type { HostRule } from "../manifest/manifest.ts";
import type { Authority } from "./config.ts";
import { compileGlob } from "./glob.ts";
import { comparablePath } from "./path.ts";
import { createPolicy } from "./policy.ts";
import { Refusal } from "./refusal.ts";

const https = (host: string, port = 443): Authority => ({ scheme: "https", host, port });
const rule = (host: string, more: Partial<HostRule> = {}): HostRule => ({
  host,
  ports: [443],
  scheme: "https",
  ...more,
});

test("an empty policy allows nothing", () => {
  const policy = createPolicy([], []);
  expect(policy.allowsName(https("a.example"))).toBe(false);
  expect(policy.allows(https("a.example"), "GET", "/")).toBe(false);
});

test.each([
  ["the exact name", rule("a.example"), https("a.example"), true],
  ["another name", rule("a.example"), https("b.example"), false],
  ["a name below", rule("a.example"), https("x.a.example"), false],
  ["a name that ends like it", rule("a.example"), https("evil-a.example"), false],
  ["another port", rule("a.example"), https("a.example", 8443), false],
  [
    "another scheme",
    rule("a.example", { ports: [443] }),
    { ...https("a.example"), scheme: "http" } as const,
    false,
  ],
  ["below a star", rule("*.a.example"), https("x.a.example"), true],
  ["far below a star", rule("*.a.example"), https("x.y.z.a.example"), true],
  ["the apex of a star", rule("*.a.example"), https("a.example"), false],
  ["what only ends like a star's name", rule("*.a.example"), https("xa.example"), false],
  ["an address", rule("192.0.2.1"), https("192.0.2.1"), true],
  ["no port at all", rule("a.example", { ports: [] }), https("a.example"), false],
])("allow: %s", (_name, allow, authority, expected) => {
  const policy = createPolicy([allow], []);
  expect(policy.allowsName(authority)).toBe(expected);
  expect(policy.allows(authority, "GET", "/")).toBe(expected);
});

test("deny wins, by name, on every port and by every scheme when it names none", () => {
  const policy = createPolicy(
    [
      rule("*.example.org", { ports: [443, 8443] }),
      rule("x.example.org", { scheme: "http", ports: [80] }),
    ],
    [rule("x.example.org", { ports: [] })],
  );
  expect(policy.allowsName(https("y.example.org", 8443))).toBe(true);
  expect(policy.allowsName(https("x.example.org"))).toBe(false);
  expect(policy.allows(https("x.example.org", 8443), "GET", "/")).toBe(false);
  expect(policy.allows({ scheme: "http", host: "x.example.org", port: 80 }, "GET", "/")).toBe(
    false,
  );
});

test("methods and paths are judged together, and a deny of a path leaves the rest allowed", () => {
  const policy = createPolicy(
    [
      rule("a.example", { methods: ["GET"], paths: ["/public/**"] }),
      rule("a.example", { methods: ["POST"], paths: ["/in"] }),
    ],
    [rule("a.example", { ports: [], paths: ["/public/secret/**"] })],
  );
  const at = https("a.example");
  expect(policy.allowsName(at)).toBe(true);
  expect(policy.allows(at, "GET", "/public/x/y")).toBe(true);
  expect(policy.allows(at, "POST", "/public/x")).toBe(false);
  expect(policy.allows(at, "POST", "/in")).toBe(true);
  expect(policy.allows(at, "GET", "/public/secret/x")).toBe(false);
  expect(policy.allows(at, "GET", "/public/%73ecret/x")).toBe(false);
  expect(() => policy.allows(at, "GET", "/public/../in")).toThrow(Refusal);
});

test.each([
  ["/a", "/a", true],
  ["/a", "/a/", false],
  ["/a", "/A", false],
  ["/a/*", "/a/b", true],
  ["/a/*", "/a/", true],
  ["/a/*", "/a/b/c", false],
  ["/a/**", "/a/b/c", true],
  ["/a/**", "/a", false],
  ["/a/**", "/ab", false],
  ["/a*c", "/abc", true],
  ["/a*c", "/ab/c", false],
  ["/a/*/c", "/a/b/c", true],
  ["/a/**/d", "/a/b/c/d", true],
  ["/a/**/d", "/a/d", false],
  ["/**/d/*", "/a/b/d/e", true],
  ["/a%20b", "/a b", true],
  ["/a.b", "/axb", false],
])("the glob %s against %s", (glob, path, expected) => {
  expect(compileGlob(glob)(path)).toBe(expected);
});

test("a glob of many stars takes no more than its share of steps", () => {
  const matches = compileGlob(`/${"*a".repeat(20)}b`);
  expect(matches(`/${"a".repeat(4000)}`)).toBe(false);
});

test.each([
  ["/a/../b"],
  ["/a/.."],
  ["/./a"],
  ["/a/..;/b"],
  ["/a/%2e%2e/b"],
  ["/a/%2E./b"],
  ["/a%2fb"],
  ["/a%5Cb"],
  ["/a\\b"],
  ["//a"],
  ["/a//b"],
  ["/a%00"],
  ["/a%0d%0aX"],
  ["/a%7f"],
  ["/a%252e"],
  ["/a%"],
  ["/a%4"],
  ["/a%zz"],
  [`/${"a".repeat(5000)}`],
])("the path %s can be read in two ways and is refused", (path) => {
  expect(() => comparablePath(path)).toThrow(Refusal);
});

test.each([
  ["/", "/"],
  ["/a.b/.well-known/x", "/a.b/.well-known/x"],
  ["/a/...", "/a/..."],
  ["/%61%40", "/a@"],
  ["/a%20b", "/a b"],
])("the path %s is compared as %s", (path, comparable) => {
  expect(comparablePath(path)).toBe(comparable);
});

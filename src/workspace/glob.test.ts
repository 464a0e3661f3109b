import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globs } from "./glob.ts";

describe("globs", () => {
  it.each([
    [".env", [".env"], ["sub/.env", ".env.local", "env", "x.env"]],
    ["*.pem", ["a.pem", ".pem"], ["sub/a.pem", "a.pem.txt", "pem"]],
    ["**/*.pem", ["a.pem", "sub/a.pem", "x/y/a.pem"], ["a.key", "a.pem.x"]],
    ["deploy/**", ["deploy", "deploy/a", "deploy/x/y"], ["deployed", "x/deploy/a"]],
    ["dist", ["dist", "dist/a/b"], ["x/dist", "dist2"]],
    ["a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["a", "z", "a/zz", "b/z"]],
    ["a*b*c", ["abc", "axbxc", "abbc"], ["ac", "abcx", "a/b/c"]],
    ["**", ["a", "a/b"], []],
    ["a.b", ["a.b"], ["axb"]],
    ["[a]?", ["[a]?"], ["a", "ab"]],
    ["ü/*", [Buffer.from("ü/x").toString("latin1")], ["ü/x"]],
  ] as const)("%s names what it says and nothing else", (pattern, yes, no) => {
    const found = globs([pattern]);
    expect(yes.filter((path) => !found.has(path))).toEqual([]);
    expect(no.filter((path) => found.has(path))).toEqual([]);
  });

  it("name a path exactly, or what is below it", () => {
    expect(globs(["feature"]).names("feature/x")).toBe(false);
    expect(globs(["feature"]).has("feature/x")).toBe(true);
    expect(globs([]).has("a")).toBe(false);
  });

  it("lead into folders that may hold what they name, and into no others", () => {
    const found = globs(["dist/**/x", "*.pem", "a/b"]);
    expect(
      ["dist", "dist/a", "dist/a/b", "a"].filter((folder) => !found.mayLeadTo(folder)),
    ).toEqual([]);
    expect(["b", "a/c", "sub", "x/dist"].filter((folder) => found.mayLeadTo(folder))).toEqual([]);
  });

  it("lead to whatever they name", () => {
    const segment = fc.stringMatching(/^[ab]{1,3}$/);
    const path = fc.array(segment, { minLength: 1, maxLength: 5 });
    const pattern = fc.array(fc.oneof(segment, fc.constantFrom("**", "*", "a*", "*b")), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(pattern, path, (steps, to) => {
        const found = globs([steps.join("/")]);
        if (!found.names(to.join("/"))) return;
        for (let depth = 1; depth < to.length; depth += 1)
          expect(found.mayLeadTo(to.slice(0, depth).join("/"))).toBe(true);
        expect(found.has(to.join("/"))).toBe(true);
      }),
    );
  });

  it("take no longer for hostile names", () => {
    const pattern = "a*a*a*a*a*a*a*a*b/**/**/**/**/**/c";
    expect(globs([pattern]).has(`${"a".repeat(4000)}/${"x/".repeat(1000)}d`)).toBe(false);
  });
});

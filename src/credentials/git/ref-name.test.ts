import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRefGlob, isRefName } from "./ref-name.ts";

function gitTakes(name: string): boolean {
  return (
    spawnSync("git", ["check-ref-format", Buffer.from(name, "latin1").toString("latin1")])
      .status === 0
  );
}

describe("a ref's name", () => {
  const steps = [
    "a",
    "agent",
    ".",
    "..",
    "x.lock",
    "a.lock",
    "@",
    "@{",
    "-",
    " ",
    "~",
    "^",
    ":",
    "?",
    "*",
    "[",
    "\\",
    "\x7f",
    "\x01",
    "a.",
    ".a",
    "",
  ];

  it("is one that git takes, too", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 4 }),
        fc.constantFrom("/", "", "."),
        (parts, between) => {
          const name = `refs/heads/${parts.join(between)}`;
          if (isRefName(name)) expect([name, gitTakes(name)]).toEqual([name, true]);
        },
      ),
      { seed: 20261124, numRuns: 300 },
    );
  });

  it.each(["refs/heads/agent/x", "refs/heads/@", "refs/heads/a-b_c.d+e", "refs/heads/\xc3\xa4"])(
    "may be %s",
    (name) => {
      expect(isRefName(name)).toBe(true);
    },
  );

  it.each([
    "HEAD",
    "refs/heads/",
    "/refs/heads/x",
    "refs//heads/x",
    "refs/heads/x.lock",
    "refs/heads/a..b",
    "refs/heads/\n",
    `refs/heads/${"x".repeat(1024)}`,
  ])("is not %j", (name) => {
    expect(isRefName(name)).toBe(false);
  });
});

describe("a glob of branches", () => {
  it.each([
    ["agent/**", "refs/heads/agent/x", true],
    ["agent/**", "refs/heads/agent/x/y", true],
    ["agent/**", "refs/heads/agent", false],
    ["agent/**", "refs/heads/agent/", false],
    ["agent/**", "refs/heads/agentx/y", false],
    ["agent/**", "refs/heads/Agent/x", false],
    ["agent/**", "refs/tags/agent/x", false],
    ["agent/**", "refs/heads/x/agent/y", false],
    ["agent/**", "agent/x", false],
    ["agent/*", "refs/heads/agent/x", true],
    ["agent/*", "refs/heads/agent/x/y", false],
    ["main", "refs/heads/main", true],
    ["main", "refs/heads/maint", false],
    ["a.b", "refs/heads/axb", false],
    ["a+b", "refs/heads/aab", false],
    ["*-agent", "refs/heads/x-agent", true],
    ["**", "refs/heads/main", true],
    ["**", "refs/tags/v1", false],
    ["agent/**", "refs/heads/agent/x\nrefs/heads/main", true],
  ])("%s covers %j: %s", (glob, ref, covers) => {
    expect(compileRefGlob(glob)(ref)).toBe(covers);
    // The last one is no name: it never comes so far.
    expect(isRefName(ref) || !covers || ref.includes("\n")).toBe(true);
  });

  it("matches as the pattern that it stands for", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "/", "*", "**"), { maxLength: 6 }),
        fc.stringMatching(/^[ab/]{0,8}$/),
        (steps, name) => {
          const glob = steps.join("");
          const pattern = (glob.match(/\*\*|[^]/g) ?? [])
            .map((part) => (part === "**" ? ".+" : part === "*" ? "[^/]+" : part))
            .join("");
          expect(compileRefGlob(glob)(`refs/heads/${name}`)).toBe(
            new RegExp(`^${pattern}$`).test(name),
          );
        },
      ),
      { seed: 20261124, numRuns: 2000 },
    );
  });
});

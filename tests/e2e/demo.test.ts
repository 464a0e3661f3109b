import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { breakable } from "../../src/proof/boundaries.ts";
import { cannotOpen, capabilitiesOf } from "../support/capabilities.ts";
import { notApplicable } from "../support/require.ts";
import { openScene } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

interface DemoLine {
  readonly ok: boolean;
  readonly rung: string;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
  readonly timing: Readonly<Record<string, number>>;
}

const unused = manifestText({ provider: "shell" });

function lineOf(stdout: string): DemoLine {
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return JSON.parse(stdout) as DemoLine;
}

describe("bottle demo", () => {
  it("holds every check with the real Claude Code, and leaves nothing behind", async () => {
    await using scene = await openScene(unused);
    const before = await stages();
    const result = await scene.run(["demo", "--json"]);
    const line = lineOf(result.stdout);
    const failed = line.checks.filter((check) => !check.ok);
    expect(failed).toEqual([]);
    expect(line).toMatchObject({ ok: true, rung: "namespace" });
    expect(result.code).toBe(0);
    const names = line.checks.map((check) => check.name);
    expect(names).toEqual(
      expect.arrayContaining(["hello", "injection", "tls-door", "mcp-servers"]),
    );
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(new Set(names).size).toBe(names.length);
    expect(await stages()).toEqual(before);
  });

  it("prints a table for people, without escapes into a pipe", async () => {
    await using scene = await openScene(unused);
    const result = await scene.run(["demo"]);
    expect(result.stdout).toMatch(/✓ all \d+ checks hold/);
    expect(result.stdout).not.toContain("\u001B");
    for (const row of result.stdout.split("\n")) expect(Array.from(row).length).toBeLessThan(101);
  });

  const namespace = capabilitiesOf("namespace");
  const openable = breakable.filter((boundary) => cannotOpen(namespace, boundary) === undefined);
  it.for([...openable, "secret"])(
    "says which check does not hold when the boundary %s is open",
    async (boundary, context) => {
      if (boundary === "sysctl" && process.getuid?.() !== 0)
        notApplicable(
          context,
          "without root nobody can write there: the boundary is the kernel's own",
        );
      if (boundary === "workspace" || boundary === "mounts")
        notApplicable(context, "the demo's bottle works on a copy and has no mount");
      await using scene = await openScene(unused);
      const result = await scene.run(["demo", "--json"], { BOTTLE_TEST_BREAK: boundary });
      const line = lineOf(result.stdout);
      expect(line.ok).toBe(false);
      expect(result.code).toBe(1);
      const failed = line.checks.filter((check) => !check.ok).map((check) => check.detail);
      // The proof stops the launch: some probe tells what it saw, beside the checks that never ran.
      expect(failed.some((detail) => detail.includes("expected"))).toBe(true);
    },
  );
});

/** Temp folders of demos, whoever runs them. */
async function stages(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("bottle-demo-"));
}

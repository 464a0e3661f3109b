/** ./test counts what happened, tells every skip with its reason, and never calls a failure a success. */
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { root, run, scratch } from "./scratch.ts";

interface Case {
  readonly name: string;
  readonly reason: string;
}

interface Report {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Case[];
  readonly notApplicable: readonly Case[];
  readonly failures: readonly Case[];
}

interface Total {
  readonly text: string;
  readonly failed: number;
}

const { totalOf } = (await import(pathToFileURL(join(root, "scripts/test/total.js")).href)) as {
  totalOf: (steps: readonly { name: string; report: Report }[], requireAll: boolean) => Total;
};
const { runStep } = (await import(pathToFileURL(join(root, "scripts/test/run.js")).href)) as {
  runStep: (step: { name: string; argv: readonly string[]; suite?: boolean }) => Promise<Report>;
};

const suite = `
import { expect, it } from "vitest";
import { need, notApplicable } from ${JSON.stringify(join(root, "tests/support/require.ts"))};
it("passes", () => expect(1).toBe(1));
it("fails", () => expect(1).toBe(2));
it("lacks a part", (context) => need(context, "no gdb here"));
it("cannot be here", (context) => notApplicable(context, "no KVM"));
it.skip("says nothing", () => {});
`;

async function report(files: Readonly<Record<string, string>>, require = ""): Promise<Report> {
  await using place = await scratch();
  await symlink(join(root, "node_modules"), join(place.dir, "node_modules"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(place.dir, name), text);
  const reporter = `--reporter=${join(root, "scripts/test/reporter.js")}`;
  const argv = [process.execPath, join(root, "node_modules/vitest/vitest.mjs"), "run", reporter];
  const env = {
    ...process.env,
    BOTTLE_REQUIRE: require,
    BOTTLE_TEST_REPORT: join(place.dir, "report.json"),
  };
  await run(argv, { cwd: place.dir, env });
  return JSON.parse(await readFile(join(place.dir, "report.json"), "utf8")) as Report;
}

describe("the reporter", () => {
  it("counts, and keeps the reasons of skips", async () => {
    const seen = await report({ "a.test.ts": suite });
    expect(seen).toMatchObject({ passed: 1, failed: 1 });
    expect(seen.skipped.map(({ reason }) => reason)).toEqual(["no gdb here", "no reason given"]);
    expect(seen.notApplicable).toEqual([{ name: "a.test.ts: cannot be here", reason: "no KVM" }]);
  });

  it("keeps the name of what failed, and the first line of why", async () => {
    const { failures } = await report({
      "a.test.ts": suite,
      "b.test.ts": 'throw new Error("x\\ny");',
    });
    expect(failures).toEqual([
      { name: "a.test.ts: fails", reason: "expected 1 to be 2 // Object.is equality" },
      { name: "b.test.ts", reason: "x" },
    ]);
  });

  it("counts the kill points of tests that passed, and of no others", async () => {
    const faults = `
import { expect, it } from "vitest";
it("survives two", ({ task }) => void (task.meta.killPoints = 2));
it("survives one more", ({ task }) => void (task.meta.killPoints = 1));
it("does not", ({ task }) => { task.meta.killPoints = 5; expect(1).toBe(2); });
`;
    expect(await report({ "a.test.ts": faults })).toMatchObject({ killPoints: 3 });
  });

  it("counts a missing part as a failure where everything is required", async () => {
    expect(await report({ "a.test.ts": suite }, "all")).toMatchObject({ passed: 1, failed: 2 });
  });

  it("counts a file that does not load, and an error outside of tests", async () => {
    const stray =
      'import { it } from "vitest";\nit("passes", () => void Promise.reject(new Error("stray")));\n';
    const seen = await report({
      "a.test.ts": 'throw new Error("not loaded");',
      "b.test.ts": stray,
    });
    expect(seen).toMatchObject({ passed: 1, failed: 2 });
  });
});

describe("a step", () => {
  it("that is a check counts as one test", async () => {
    expect(await runStep({ name: "good", argv: ["true"] })).toMatchObject({ passed: 1, failed: 0 });
    expect(await runStep({ name: "bad", argv: ["false"] })).toMatchObject({ passed: 0, failed: 1 });
    expect(await runStep({ name: "no such program", argv: ["/nowhere/x"] })).toMatchObject({
      passed: 0,
      failed: 1,
    });
  });

  it("that is a suite fails if it leaves no report, however it ended", async () => {
    const silent = await runStep({ name: "silent", argv: ["true"], suite: true });
    expect(silent).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe("the total", () => {
  const one: Report = {
    passed: 3,
    failed: 0,
    skipped: [{ name: "x", reason: "no gdb here" }],
    notApplicable: [{ name: "y", reason: "no KVM" }],
    failures: [{ name: "z", reason: "1 is not 2" }],
  };
  const steps = [
    { name: "unit", report: one },
    {
      name: "lint",
      report: { passed: 0, failed: 1, skipped: [], notApplicable: [], failures: [] },
    },
  ];

  it("ends with the counts alone on the last line", () => {
    const { text, failed } = totalOf(steps, false);
    expect(text.endsWith("\n3 passed, 1 failed, 1 skipped\n")).toBe(true);
    expect(text).toContain("  x\n    no gdb here\n");
    expect(text).toContain("1 not applicable here:\n  y\n    no KVM\n");
    expect(text).toContain("failures:\n  z\n    1 is not 2\n");
    expect(text).toContain("failed: lint\n");
    expect(failed).toBe(1);
  });

  it("makes every skip a failure where everything is required, and leaves what is not applicable", () => {
    const { text, failed } = totalOf(steps.slice(0, 1), true);
    expect(text.endsWith("\n3 passed, 1 failed, 0 skipped\n")).toBe(true);
    expect(text).toContain("skipped, and so failed (BOTTLE_REQUIRE=all):\n  x\n");
    expect(failed).toBe(1);
  });
});

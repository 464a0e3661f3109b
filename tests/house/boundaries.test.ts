/** "Data flows one way" (DESIGN section 3): each rule is broken once, in a copy, and seen refusing. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** Rule, the file that breaks it, and the line that does. */
const planted: readonly (readonly [rule: string, file: string, line: string])[] = [
  ["errors-imports", "src/errors/planted.ts", 'import "../plan/plan.ts";'],
  ["host-imports", "src/host/planted.ts", 'import "../errors/error.ts";'],
  ["manifest-imports", "src/manifest/planted.ts", 'import "../gateway/config.ts";'],
  ["manifest-packages", "src/manifest/planted.ts", 'import "@stricli/core";'],
  ["plan-imports", "src/plan/planted.ts", 'import "../lifecycle/backend.ts";'],
  ["plan-packages", "src/plan/planted.ts", 'import "yaml";'],
  ["helper-imports", "src/helper/planted.ts", 'import "../gateway/config.ts";'],
  ["helper-packages", "src/helper/planted.ts", 'import "yaml";'],
  ["proof-probes-imports", "src/proof/probes/planted.ts", 'import "../verdict.ts";'],
  ["proof-imports", "src/proof/planted.ts", 'import "../lifecycle/backend.ts";'],
  ["terminal-imports", "src/terminal/planted.ts", 'import "../lifecycle/backend.ts";'],
  ["workspace-imports", "src/workspace/planted.ts", 'import "../plan/plan.ts";'],
  ["carry-imports", "src/carry/planted.ts", 'import "../workspace/clone.ts";'],
  ["gateway-imports", "src/gateway/planted.ts", 'import "../lifecycle/backend.ts";'],
  ["gateway-imports", "src/gateway/planted-2.ts", 'import "../backends/namespace/backend.ts";'],
  ["gateway-imports", "src/gateway/planted-3.ts", 'import type {} from "../agents/shell.ts";'],
  ["gateway-packages", "src/gateway/planted.ts", 'import "yaml";'],
  ["wire-imports", "src/wire/planted.ts", 'import "../helper/protocol.ts";'],
  ["ports-imports", "src/ports/planted.ts", 'import "../gateway/policy.ts";'],
  ["ports-imports", "src/ports/planted-2.ts", 'import "../lifecycle/backend.ts";'],
  ["places-imports", "src/places/planted.ts", 'import "../lifecycle/backend.ts";'],
  ["credentials-imports", "src/credentials/planted.ts", 'import "../gateway/policy.ts";'],
  ["record-imports", "src/record/planted.ts", 'import "../gateway/policy.ts";'],
  ["lifecycle-imports", "src/lifecycle/planted.ts", 'import "../backends/namespace/backend.ts";'],
  ["lifecycle-imports", "src/lifecycle/planted-2.ts", 'import "../gateway/policy.ts";'],
  ["lifecycle-imports", "src/lifecycle/planted-3.ts", 'await import("../agents/shell.ts");'],
  ["backends-imports", "src/backends/planted/a.ts", 'import "../namespace/backend.ts";'],
  ["backends-imports", "src/backends/planted/b.ts", 'import "../../agents/shell.ts";'],
  ["backends-imports", "src/backends/planted/c.ts", 'import "../../gateway/config.ts";'],
  ["engines-imports", "src/engines/planted/a.ts", 'import "../../gateway/gateway.ts";'],
  ["agents-imports", "src/agents/planted/a.ts", 'import "../claude/provider.ts";'],
  ["agents-imports", "src/agents/planted/b.ts", 'import "../../gateway/config.ts";'],
  ["compose-imports", "src/compose/planted.ts", 'import "../demo/check.ts";'],
  ["demo-imports", "src/demo/planted.ts", 'import "../cli/style.ts";'],
  ["cli-packages", "src/cli/planted.ts", 'import "yaml";'],
  ["cli-imports", "src/cli/planted-2.ts", 'import "../../tests/support/require.ts";'],
  ["nothing-imports-cli", "src/record/planted-2.ts", 'import "../cli/style.ts";'],
  ["nothing-imports-sdk", "src/cli/planted-3.ts", 'import "../index.ts";'],
  ["product-imports-no-test", "src/plan/planted-2.ts", 'import "./plan.test.ts";'],
  ["resolvable", "src/plan/planted-3.ts", 'import "./nowhere.ts";'],
  ["no-cycle", "src/plan/planted-4.ts", 'import "./planted-5.ts";'],
];

describe("the boundaries", () => {
  let copy: string;
  let violations: readonly Violation[];

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "bottle-boundaries-"));
    const parts = ["src", "bench", "tests/support", "package.json", "tsconfig.json"];
    for (const part of [...parts, ".dependency-cruiser.cjs"])
      await cp(join(root, part), join(copy, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    for (const [, file, line] of planted) {
      await mkdir(dirname(join(copy, file)), { recursive: true });
      await writeFile(join(copy, file), `${line}\nexport {};\n`, { flag: "a" });
    }
    // The other half of the cycle, which is reported once.
    await writeFile(join(copy, "src/plan/planted-5.ts"), 'import "./planted-4.ts";\n');
    violations = await cruise(copy);
  });

  afterAll(() => rm(copy, { recursive: true, force: true }));

  it.each(planted)("refuse by %s: %s with %s", (rule, file) => {
    const rules = violations.filter((one) => one.from === file).map((one) => one.rule.name);
    expect(rules).toContain(rule);
  });

  it("have no rule that no planted file breaks", async () => {
    const config = (await import(join(root, ".dependency-cruiser.cjs"))) as {
      default: { forbidden: readonly { name: string }[] };
    };
    const broken = new Set(planted.map(([rule]) => rule));
    const names = config.default.forbidden.map(({ name }) => name);
    // No package is allowed in most folders; one rule of that kind stands for all that are made alike.
    const unbroken = names.filter((name) => !broken.has(name) && !name.endsWith("-packages"));
    expect(unbroken).toEqual([]);
  });
});

async function cruise(directory: string): Promise<readonly Violation[]> {
  const program = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [program, "src", "bench", "--config", ".dependency-cruiser.cjs", "-T", "json"];
  const stdout = await new Promise<string>((done) => {
    const options = { cwd: directory, maxBuffer: 64 * 1024 * 1024 };
    // Violations make it exit with their number.
    execFile(process.execPath, args, options, (_error, output) => done(output));
  });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

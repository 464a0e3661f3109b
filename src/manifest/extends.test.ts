import { describe, expect, it } from "vitest";
import { BottleErrors } from "../errors/error.ts";
import { checkManifest } from "./check-manifest.ts";
import type { BottleSpec } from "./manifest.ts";

/** The bottle `dev` of a manifest with these bottles, in lines from line 3 on. */
function dev(...lines: readonly string[]): BottleSpec {
  const bottle = checkManifest("m.yaml", manifest(...lines)).bottles.get("dev");
  return bottle ?? expect.unreachable("no bottle dev");
}

function manifest(...lines: readonly string[]): string {
  return `version: 1\nbottles:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function errors(...lines: readonly string[]): BottleErrors["errors"] {
  try {
    checkManifest("m.yaml", manifest(...lines));
  } catch (error) {
    if (error instanceof BottleErrors) return error.errors;
    throw error;
  }
  return [];
}

function hosts(bottle: BottleSpec): readonly string[] {
  return bottle.allow.map(({ host }) => host);
}

describe("a bottle that extends another", () => {
  it("joins lists, and says the base's first", () => {
    const both = dev(
      'base: {egress: {allow: [a.example], deny: [d.example]}, mounts: [{source: /srv/a, target: /a}], caches: [npm], ports: [3000], credentials: [{preset: anthropic, secret: "env:A"}]}',
      'dev: {extends: base, egress: {allow: [b.example]}, mounts: [{source: /srv/b, target: /b}], caches: [pip, npm], ports: [4000], credentials: [{host: b.example, header: "X: {secret}", secret: "env:B"}]}',
    );
    expect(hosts(both)).toEqual(["a.example", "b.example"]);
    expect(both.deny.map(({ host }) => host)).toEqual(["d.example"]);
    expect(both.mounts.map(({ target }) => target)).toEqual(["/a", "/b"]);
    expect(both.caches).toEqual(["npm", "pip"]);
    expect(both.ports.map(({ host }) => host)).toEqual([3000, 4000]);
    expect(both.credentials.map(({ kind }) => kind)).toEqual(["anthropic", "header"]);
  });

  it("merges env and resources by name, the later one winning", () => {
    const both = dev(
      "base: {env: {A: base, B: base}, resources: {cpus: 8, pids: 99}}",
      "dev: {extends: base, env: {B: dev, C: dev}, resources: {cpus: 1}}",
    );
    const values = both.env.map((spec) => [spec.name, spec.kind === "literal" && spec.value]);
    expect(Object.fromEntries(values)).toEqual({ A: "base", B: "dev", C: "dev" });
    expect(both.resources).toMatchObject({ cpus: 1, pids: 99, memory: 4 * 2 ** 30 });
  });

  it("takes anything else from the last that says it, whole", () => {
    const both = dev(
      "first: {rung: auto, git: host, workspace: {ignored: all}}",
      "second: {git: {name: Me, email: me@example.org}}",
      "dev: {extends: [first, second], workspace: {refs: current}}",
    );
    expect(both).toMatchObject({ rung: "auto", git: { kind: "named" } });
    expect(both.workspace).toMatchObject({ refs: "current", ignored: "none" });
  });

  it("takes over what its base has from its own base, in whatever order they are written", () => {
    const third = dev(
      "dev: {extends: middle, egress: {allow: [c.example]}}",
      "middle: {extends: base, egress: {allow: [b.example]}}",
      "base: {egress: {allow: [a.example]}}",
    );
    expect(hosts(third)).toEqual(["a.example", "b.example", "c.example"]);
  });

  it("has once what comes by two ways", () => {
    const diamond = dev(
      'base: {egress: {allow: [a.example]}, credentials: [{preset: anthropic, secret: "env:A"}]}',
      "left: {extends: base}",
      "right: {extends: base}",
      "dev: {extends: [left, right]}",
    );
    expect(hosts(diamond)).toEqual(["a.example"]);
    expect(diamond.credentials).toHaveLength(1);
  });

  it("is not open to projects because its base is", () => {
    expect(dev("base: {projectAgents: true}", "dev: {extends: base}").projectAgents).toBe(false);
    expect(dev("base: {}", "dev: {extends: base, projectAgents: true}").projectAgents).toBe(true);
  });

  it("leaves the base as it is", () => {
    const { bottles } = checkManifest(
      "m.yaml",
      manifest("base: {env: {A: x}}", "dev: {extends: base, env: {A: y}}"),
    );
    expect(bottles.get("base")?.env).toEqual([{ kind: "literal", name: "A", value: "x" }]);
  });
});

describe("faults of extends", () => {
  const places = (...lines: readonly string[]): readonly string[] =>
    errors(...lines).map(({ place, code }) => `${place?.line}:${place?.column} ${code}`);

  it("a bottle that is not there is named with the one that was meant", () => {
    const [error, ...more] = errors("base: {}", "dev: {extends: bsae}");
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      code: "E_MANIFEST_EXTENDS",
      place: { line: 4, column: 18 },
      next: 'Did you mean "base"?',
    });
  });

  it("a circle is shown whole, once, at the name that closes it", () => {
    const [error, ...more] = errors(
      "a: {extends: b}",
      "b: {extends: [c]}",
      "c: {extends: a}",
      "dev: {extends: a}",
    );
    expect(more).toEqual([]);
    expect(error?.message).toContain('"a" → "b" → "c" → "a"');
    expect(error?.place).toMatchObject({ line: 5, column: 16 });
  });

  it.each([
    ["itself", ["dev: {extends: dev}"], "3:18 E_MANIFEST_EXTENDS"],
    ["one twice", ["base: {}", "dev: {extends: [base, base]}"], "4:25 E_MANIFEST_CONFLICT"],
    ["none", ["dev: {extends: []}"], "3:18 E_MANIFEST_VALUE"],
    ["a number", ["dev: {extends: 1}"], "3:18 E_MANIFEST_TYPE"],
    ["a name with capitals", ["dev: {extends: Base}"], "3:18 E_MANIFEST_EXTENDS"],
  ])("%s", (_name, lines, expected) => {
    expect(places(...lines)).toContain(expected);
  });

  it("a fault of the base is said once, where it stands", () => {
    expect(places("base: {rungg: x}", "a: {extends: base}", "dev: {extends: [base, a]}")).toEqual([
      "3:10 E_MANIFEST_UNKNOWN_KEY",
    ]);
  });

  it("a rung below a minimum that the base demands", () => {
    expect(places("base: {minimumRung: gvisor}", "dev: {extends: base, rung: namespace}")).toEqual(
      expect.arrayContaining(["4:30 E_MANIFEST_CONFLICT"]),
    );
  });

  it("two credentials for one authority, one of them the base's", () => {
    expect(
      places(
        'base: {credentials: [{preset: anthropic, secret: "env:A"}]}',
        'dev: {extends: base, credentials: [{preset: anthropic, secret: "env:B"}]}',
      ),
    ).toEqual(["4:38 E_MANIFEST_CONFLICT"]);
  });

  it("a line that is too long, and bottles that grow without bound", () => {
    const line = Array.from({ length: 40 }, (_, at) => `b${at}: {extends: b${at + 1}}`);
    expect(places(...line, "b40: {}").join()).toContain("E_MANIFEST_COMPLEX");
    const wide = Array.from({ length: 3000 }, (_, at) => `h${at}.example`).join(", ");
    const many = Array.from({ length: 20 }, (_, at) => `b${at}: {extends: base}`);
    expect(places(`base: {egress: {allow: [${wide}]}}`, ...many)).toEqual([
      expect.stringContaining("E_MANIFEST_COMPLEX"),
    ]);
  });
});

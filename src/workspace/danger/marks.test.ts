import { describe, expect, it } from "vitest";
import type { TreeChange } from "../changes/change-list.ts";
import type { Mode } from "../stage/entry.ts";
import { nameOf } from "../names.ts";
import { protectedPaths } from "../protected/table.ts";
import { insideTarget } from "./links.ts";
import { createMarker } from "./marks.ts";
import { dangerTable } from "./table.ts";

const id = "1".repeat(40);
const marker = createMarker({
  isLink: (path) => path === "to-elsewhere" || path === "settings",
  aliases: [{ at: ".vscode", to: "config/editor" }],
  isMasked: (path) => path === "masked.txt",
});

function change(path: string, after: Mode | undefined, before?: Mode): TreeChange {
  return {
    path: nameOf(path),
    before: before && { mode: before, id },
    after: after && { mode: after, id },
  };
}

function kinds(
  path: string,
  after: Mode | undefined = "100644",
  before?: Mode,
  target = "",
): string[] {
  return marker(change(path, after, before), Buffer.from(target)).map(({ kind }) => kind);
}

describe("a file is marked by its name", () => {
  it.each([
    [".githooks/pre-commit", "hook"],
    [".husky/_/husky.sh", "hook"],
    ["lefthook.yml", "hook"],
    [".pre-commit-config.yaml", "hook"],
    [".github/workflows/check.yml", "ci"],
    [".gitlab-ci.yml", "ci"],
    [".gitea/workflows/x.yaml", "ci"],
    ["Jenkinsfile", "ci"],
    [".circleci/config.yml", "ci"],
    ["azure-pipelines.yml", "ci"],
    ["package.json", "package"],
    ["packages/a/package.json", "package"],
    ["setup.py", "package"],
    ["pyproject.toml", "package"],
    ["build.rs", "package"],
    ["crates/x/build.rs", "package"],
    ["Makefile", "build"],
    ["Makefile.am", "build"],
    ["rules.mk", "build"],
    ["justfile", "build"],
    ["Rakefile", "build"],
    ["CMakeLists.txt", "build"],
    ["app/build.gradle.kts", "build"],
    ["gradle/wrapper/gradle-wrapper.jar", "shell"],
    ["pom.xml", "build"],
    ["Dockerfile", "container"],
    ["compose.override.yaml", "container"],
    ["vite.config.ts", "tool"],
    [".eslintrc.cjs", "tool"],
    [".vscode/tasks.json", "editor"],
    ["deep/er/.vscode/settings.json", "editor"],
    [".idea/workspace.xml", "editor"],
    [".devcontainer/devcontainer.json", "editor"],
    [".claude/settings.json", "agent"],
    ["CLAUDE.md", "agent"],
    ["AGENTS.md", "agent"],
    ["docs/AGENTS.md", "agent"],
    [".cursor/rules/x.mdc", "agent"],
    [".mcp.json", "agent"],
    [".claude-bottle.yaml", "agent"],
    [".github/copilot-instructions.md", "agent"],
    [".envrc", "shell"],
    [".npmrc", "shell"],
    [".yarnrc.yml", "shell"],
    [".tool-versions", "shell"],
    [".bashrc", "shell"],
    [".gitattributes", "git"],
    ["sub/.gitattributes", "git"],
    [".gitmodules", "git"],
    [".lfsconfig", "git"],
    ["package-lock.json", "dependency"],
    ["go.sum", "dependency"],
    ["requirements-dev.txt", "dependency"],
  ])("%s as %s, added, changed or deleted", (path, kind) => {
    expect(kinds(path)).toContain(kind);
    expect(kinds(path, "100644", "100644")).toContain(kind);
    expect(kinds(path, undefined, "100644")).toContain(kind);
  });

  it.each([
    ".VSCODE/Tasks.JSON",
    "claude.MD",
    "pac\u200ckage.json",
    "package.json.",
    ".vscode /tasks.json",
    ".g\u200citattributes",
    "pac\u212Aage.json",
    "MAKEFILE",
  ])("%j, as some file system takes it", (path) => {
    expect(kinds(path)).not.toEqual([]);
  });

  it.each([
    "src/index.ts",
    "README.md",
    "src/package.json.ts",
    "workflows/check.yml",
    "docs/makefiles.md",
    "mypackage.json",
    "src/husky/x",
    ".github/ISSUE_TEMPLATE/bug.md",
    "vscode/tasks.json",
    "src/buildfile",
    "test/setup.pyc",
    "notes.envrc.txt",
  ])("and %s is not", (path) => {
    expect(kinds(path)).toEqual([]);
  });
});

describe("a file is marked by its nature", () => {
  it("when it gets the right to be run, and not when it had it or loses it", () => {
    expect(kinds("run.sh", "100755")).toEqual(["executable"]);
    expect(kinds("run.sh", "100755", "100644")).toEqual(["executable"]);
    expect(kinds("run.sh", "100755", "100755")).toEqual([]);
    expect(kinds("run.sh", "100644", "100755")).toEqual([]);
  });

  it("when it is or was a submodule, or was masked", () => {
    expect(kinds("module", "160000")).toEqual(["submodule"]);
    expect(kinds("module", undefined, "160000")).toEqual(["submodule"]);
    expect(kinds("masked.txt")).toEqual(["masked"]);
  });

  it.each([
    ["/etc/passwd", false],
    ["../../x", false],
    ["../x", true],
    ["x", true],
    ["./x/y", true],
    ["", false],
    ["x/../y", false],
    ["../.git/config", false],
    ["../.GIT", false],
    ["../to-elsewhere", false],
    ["../to-elsewhere/x", false],
    ["..", true],
    ["../..", false],
    ["x\0y", false],
  ])("when it is a link to %j from a folder: inside is %s", (target, inside) => {
    expect(kinds("folder/link", "120000", undefined, target)).toEqual(inside ? [] : ["link"]);
  });

  it("when a link stands where a marked folder is looked for", () => {
    expect(kinds(".github", "120000", undefined, "elsewhere")).toEqual(
      expect.arrayContaining(["ci", "agent"]),
    );
    expect(kinds(".vscode", "120000", undefined, "elsewhere")).toContain("editor");
  });

  it("when a link that was there before makes it a marked file", () => {
    expect(kinds("config/editor/tasks.json")).toContain("editor");
    expect(kinds("config/other/tasks.json")).toEqual([]);
  });
});

describe("the table", () => {
  it("is written as names are compared: in lower case", () => {
    for (const { paths } of dangerTable)
      for (const path of paths) expect(path).toBe(path.toLowerCase());
  });

  it("has every path that is protected in a mounted folder", () => {
    for (const { paths } of protectedPaths)
      for (const path of paths) {
        expect(kinds(path.replaceAll("*", "x")), path).not.toEqual([]);
        expect(kinds(`deep/${path.replaceAll("*", "x")}/inside`), path).not.toEqual([]);
      }
  });

  it("names nothing twice", () => {
    const all = dangerTable.flatMap(({ paths }) => paths);
    expect(all.toSorted()).toEqual([...new Set(all)].toSorted());
  });
});

describe("insideTarget", () => {
  it("is the place that a link names", () => {
    expect(insideTarget("a/b/link", "../c/./d", () => false)).toBe("a/c/d");
    expect(insideTarget("link", ".", () => false)).toBe("");
  });
});

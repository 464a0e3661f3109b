import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();

describe("files that git ignores", () => {
  function fill(): void {
    lab.write(".gitignore", "*.log\nbuild/\n!keep.log\n/local\n");
    lab.write("tracked.log", "tracked\n");
    lab.git(lab.repo, "add", "-f", "tracked.log");
    lab.commit("first");
    for (const path of [
      "a.log",
      "sub/b.log",
      "build/out/one.o",
      "build/out/two.o",
      "local",
      "sub/local",
    ])
      lab.write(path, "x\n");
    lab.write("build/tracked.txt", "x\n");
    lab.git(lab.repo, "add", "-f", "build/tracked.txt");
    lab.write("keep.log", "x\n");
    lab.write("sub/.gitignore", "inner\n.gitignore\n");
    lab.write("sub/inner/file", "x\n");
    lab.write("new.txt", "x\n");
    lab.write(".git/info/exclude", "excluded\n");
    lab.write("excluded", "x\n");
  }

  const ignored = [
    "a.log",
    "sub/b.log",
    "build/out/one.o",
    "build/out/two.o",
    "local",
    "sub/inner/file",
    "excluded",
  ];
  const others = [
    ".gitignore",
    "tracked.log",
    "build/tracked.txt",
    "sub/local",
    "keep.log",
    "sub/.gitignore",
    "new.txt",
  ];

  function missing(paths: readonly string[]): readonly string[] {
    return paths.filter((path) => !existsSync(join(lab.copy, path)));
  }

  it("stay behind and are counted; tracked ones and the rules themselves come along", async () => {
    fill();
    const facts = await lab.clone();
    expect(facts.ignoredLeft).toBe(ignored.length);
    expect(missing(ignored)).toEqual(ignored);
    expect(missing(others)).toEqual([]);
    expect(existsSync(join(lab.copy, "build/out"))).toBe(false);
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe(
      lab.git(lab.repo, "status", "--porcelain"),
    );
  });

  it("come along if all are wanted", async () => {
    fill();
    const facts = await lab.clone({ ignored: "all" });
    expect(facts.ignoredLeft).toBe(0);
    expect(missing([...ignored, ...others])).toEqual([]);
    expect(lab.git(lab.copy, "status", "--porcelain", "--ignored")).toBe(
      lab.git(lab.repo, "status", "--porcelain", "--ignored"),
    );
  });

  it("come along by name, from ignored folders as well", async () => {
    fill();
    const wanted = ["build/out/one.o", "sub/b.log", "sub/inner/file"];
    const facts = await lab.clone({ ignored: ["build/**/one.*", "sub/*.log", "sub/inner"] });
    expect(missing(ignored)).toEqual(ignored.filter((path) => !wanted.includes(path)));
    expect(facts.ignoredLeft).toBe(ignored.length - wanted.length);
    await lab.clone({ ignored: ["build/none/*"] });
    expect(existsSync(join(lab.copy, "build/out"))).toBe(false);
  });

  it("are also those that the owner's git ignores everywhere", async () => {
    mkdirSync(join(lab.home, ".config/git"), { recursive: true });
    writeFileSync(join(lab.home, ".config/git/ignore"), ".idea/\n");
    lab.write("a.txt", "a\n");
    lab.commit("first");
    lab.write(".idea/workspace.xml", "x\n");
    expect((await lab.clone()).ignoredLeft).toBe(1);
    expect(lab.git(lab.copy, "check-ignore", ".idea/")).toBe(".idea/");
    writeFileSync(join(lab.home, ".gitconfig"), "[core]\n\texcludesFile = ~/mine\n");
    writeFileSync(join(lab.home, "mine"), "*.txt\n");
    expect(await lab.clone()).toMatchObject({ ignoredLeft: 0, files: 2 });
  });
});

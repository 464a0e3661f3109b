import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";

const lab = useApplyLab();

describe("apply brings back", () => {
  it("commits as the branch bottle/<id>, and leaves the user's branch and files as they are", async () => {
    lab.write(lab.bottle, "new.txt", "new\n");
    lab.commit(lab.bottle, "second");
    lab.write(lab.bottle, "newer.txt", "newer\n");
    lab.commit(lab.bottle, "third");
    const before = lab.git(lab.repo, "rev-parse", "HEAD");
    const result = await lab.apply();
    expect(result).toMatchObject({
      branch,
      commits: 2,
      looseFiles: 0,
      skipped: [],
      otherBranches: [],
    });
    expect(lab.git(lab.repo, "log", "--format=%s", branch).split("\n")).toEqual([
      "third",
      "second",
      "first",
    ]);
    expect(lab.git(lab.repo, "rev-parse", "HEAD")).toBe(before);
    expect(lab.git(lab.repo, "status", "--porcelain")).toBe("");
    expect(existsSync(join(lab.repo, "new.txt"))).toBe(false);
  });

  it("changed, new, executable, linked and deleted files that were never committed", async () => {
    lab.write(lab.bottle, "changed.txt", "new\n");
    lab.write(lab.bottle, 'a folder/näme "quoted"\nand broken.txt', "odd\n");
    lab.write(lab.bottle, "run.sh", "#!/bin/sh\n");
    chmodSync(join(lab.bottle, "run.sh"), 0o755);
    symlinkSync("/etc/passwd", join(lab.bottle, "link"));
    rmSync(join(lab.bottle, "deleted.txt"));
    const result = await lab.apply({ includeDangerous: () => Promise.resolve(true) });
    expect(result).toMatchObject({ branch, commits: 1, looseFiles: 5 });
    const tree = lab
      .git(lab.repo, "ls-tree", "-r", "-z", branch)
      .split("\0")
      .map((line) => line.replace(/ [0-9a-f]+\t/, " "));
    expect(tree).toContain("120000 blob link");
    expect(tree).toContain("100755 blob run.sh");
    expect(tree).toContain('100644 blob a folder/näme "quoted"\nand broken.txt');
    expect(lab.git(lab.repo, "show", `${branch}:changed.txt`)).toBe("new");
    expect(lab.git(lab.repo, "show", `${branch}:link`)).toBe("/etc/passwd");
    expect(lab.files()).not.toContain("deleted.txt");
    expect(lab.git(lab.repo, "log", "-1", "--format=%an", branch)).toBe("claude-bottle");
  });

  it("a file where a folder was, and a folder where a file was", async () => {
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    lab.write(lab.bottle, "sub", "a file now\n");
    rmSync(join(lab.bottle, "changed.txt"));
    lab.write(lab.bottle, "changed.txt/inside", "a folder now\n");
    await lab.apply();
    expect(lab.files()).toEqual([
      ".gitignore",
      "changed.txt/inside",
      "deleted.txt",
      "kept.txt",
      "sub",
    ]);
  });

  it("no ignored file, but tracked ones although they are ignored", async () => {
    lab.write(lab.bottle, "ignored/big.bin", "x");
    lab.write(lab.bottle, "sub/trace.log", "x");
    lab.write(lab.bottle, "sub/.gitignore", "!keep.log\nlocal\n");
    lab.write(lab.bottle, "sub/keep.log", "x");
    lab.write(lab.bottle, "sub/local", "x");
    lab.write(lab.bottle, "ignored/tracked.txt", "1");
    lab.git(lab.bottle, "add", "-f", "ignored/tracked.txt");
    lab.git(lab.bottle, "commit", "-q", "-m", "forced");
    lab.write(lab.bottle, "ignored/tracked.txt", "2");
    await lab.apply();
    expect(lab.files().filter((file) => /ignored|sub|local/.test(file))).toEqual(
      [
        ".gitignore",
        "ignored/tracked.txt",
        "sub/.gitignore",
        "sub/deep/file.txt",
        "sub/keep.log",
      ].slice(1),
    );
    expect(lab.git(lab.repo, "show", `${branch}:ignored/tracked.txt`)).toBe("2");
  });

  it("commits from packs as well as loose ones", async () => {
    lab.write(lab.bottle, "new.txt", "new\n");
    lab.commit(lab.bottle, "second");
    lab.git(lab.bottle, "gc", "-q");
    lab.git(lab.bottle, "pack-refs", "--all");
    expect((await lab.apply()).commits).toBe(1);
    expect(lab.files()).toContain("new.txt");
  });

  it("the first commit of a repository that had none", async () => {
    rmSync(lab.repo, { recursive: true });
    mkdirSync(lab.repo);
    lab.git(lab.repo, "init", "-q", "-b", "main");
    await lab.copy();
    lab.write(lab.bottle, "only.txt", "x");
    expect(await lab.apply()).toMatchObject({ branch, commits: 1 });
    expect(lab.files()).toEqual(["only.txt"]);
  });

  it("work on a detached HEAD, and names the branches that stay behind", async () => {
    lab.git(lab.bottle, "checkout", "-q", "-b", "side");
    lab.write(lab.bottle, "side.txt", "x");
    lab.commit(lab.bottle, "on the side");
    lab.git(lab.bottle, "checkout", "-q", "--detach", "main");
    lab.write(lab.bottle, "detached.txt", "x");
    lab.commit(lab.bottle, "detached");
    expect(await lab.apply()).toMatchObject({ branch, commits: 1, otherBranches: ["side"] });
    expect(lab.files()).toContain("detached.txt");
  });

  it("nothing, and makes no branch, if nothing was done", async () => {
    expect(await lab.apply()).toMatchObject({ branch: undefined, commits: 0, looseFiles: 0 });
    expect(lab.git(lab.repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("changes into a shallow clone", async () => {
    lab.write(lab.repo, "more.txt", "x");
    lab.commit(lab.repo, "more");
    lab.git(lab.base, "clone", "-q", "--depth=1", `file://${lab.repo}`, "shallow");
    lab.repo = join(lab.base, "shallow");
    await lab.copy();
    lab.write(lab.bottle, "new.txt", "x");
    lab.commit(lab.bottle, "in the shallow");
    expect((await lab.apply()).commits).toBe(1);
  });

  it("changes of a SHA-256 repository", async () => {
    rmSync(lab.repo, { recursive: true });
    mkdirSync(lab.repo);
    lab.git(lab.repo, "init", "-q", "--object-format=sha256");
    lab.write(lab.repo, "a", "a");
    lab.commit(lab.repo, "a");
    await lab.copy();
    lab.write(lab.bottle, "b", "b");
    lab.commit(lab.bottle, "b");
    lab.write(lab.bottle, "c", "c");
    expect((await lab.apply()).commits).toBe(2);
  });

  it("nothing as a branch from a folder that is no repository", async () => {
    rmSync(join(lab.repo, ".git"), { recursive: true });
    await lab.copy();
    expect(await lab.applyCode({ to: "branch" })).toBe("E_APPLY_NOT_GIT");
  });

  it("no trace of itself beside the record", async () => {
    lab.write(lab.bottle, "new.txt", "x");
    await lab.apply();
    expect(readdirSync(join(lab.base, "record"))).toEqual([
      "applied.json",
      "workspace",
      "workspace.json",
    ]);
  });
});

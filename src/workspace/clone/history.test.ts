import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();

function refsOf(folder: string): string[] {
  return lab.git(folder, "for-each-ref", "--format=%(refname)").split("\n").filter(Boolean);
}

describe("the copy's repository", () => {
  it("has HEAD, branches, tags, remote branches, index and status as the source", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    lab.git(lab.repo, "tag", "-a", "v1", "-m", "one");
    lab.git(lab.repo, "branch", "side");
    lab.git(lab.repo, "remote", "add", "origin", "https://git.example.org/me/app.git");
    lab.git(lab.repo, "update-ref", "refs/remotes/origin/main", "HEAD");
    lab.git(lab.repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
    lab.git(lab.repo, "pack-refs", "--all");
    lab.write("b.txt", "b\n");
    lab.commit("second");
    lab.write("a.txt", "changed\n");
    lab.write("staged.txt", "staged\n");
    lab.git(lab.repo, "add", "staged.txt");
    lab.write("new.txt", "new\n");
    rmSync(join(lab.repo, "b.txt"));
    const facts = await lab.clone();
    expect(facts).toMatchObject({ git: true, files: 3, masked: [], skipped: [], base: null });
    for (const argv of [
      ["for-each-ref"],
      ["symbolic-ref", "HEAD"],
      ["symbolic-ref", "refs/remotes/origin/HEAD"],
      ["status", "--porcelain=v2", "--branch"],
      ["diff", "--cached"],
      ["log", "--format=%H %s", "--all"],
      ["ls-files", "--stage"],
    ])
      expect(lab.git(lab.copy, ...argv)).toBe(lab.git(lab.repo, ...argv));
    expect(lab.git(lab.copy, "fsck", "--full", "--strict")).toBe("");
    expect(lab.git(lab.copy, "commit", "-qam", "inside")).toBe("");
  });

  it("holds no object that neither a ref nor the index needs", async () => {
    lab.write("config.txt", "password hunter2-amended\n");
    const leaked = lab.commit("with a secret");
    const blob = lab.git(lab.repo, "rev-parse", "HEAD:config.txt");
    lab.write("config.txt", "none\n");
    lab.git(lab.repo, "commit", "-qa", "--amend", "-m", "without");
    lab.write("stashed.txt", "stashed\n");
    lab.git(lab.repo, "add", "stashed.txt");
    lab.git(lab.repo, "stash", "-q");
    lab.git(lab.repo, "notes", "add", "-m", "a note");
    lab.git(
      lab.repo,
      "update-ref",
      "refs/replace/0000000000000000000000000000000000000001",
      "HEAD",
    );
    const lost = lab.git(lab.repo, "hash-object", "-w", "--stdin-paths").length;
    expect(lost).toBe(0);
    const staged =
      (lab.write("staged.txt", "only staged\n"), lab.git(lab.repo, "hash-object", "staged.txt"));
    lab.git(lab.repo, "add", "staged.txt");
    const outside = lab.objects(lab.repo);
    expect(outside).toEqual(expect.arrayContaining([leaked, blob]));
    await lab.clone();
    const inside = lab.objects(lab.copy);
    const stash = lab.git(lab.repo, "rev-parse", "stash");
    for (const id of [leaked, blob, stash]) expect(inside).not.toContain(id);
    expect(inside).toContain(staged);
    // First commit's tree and blob, the commit, and what is staged.
    expect(inside).toHaveLength(4);
    expect(refsOf(lab.copy)).toEqual(["refs/heads/main"]);
    expect(existsSync(join(lab.copy, ".git/logs"))).toBe(false);
    expect(existsSync(join(lab.copy, ".git/hooks"))).toBe(false);
    for (const name of readdirSync(join(lab.copy, ".git/objects/pack")))
      expect(readFileSync(join(lab.copy, ".git/objects/pack", name)).includes("hunter2")).toBe(
        false,
      );
  });

  it("has the history of the chosen branches only", async () => {
    lab.write("a.txt", "a\n");
    const first = lab.commit("first");
    lab.git(lab.repo, "checkout", "-q", "-b", "agent/one");
    lab.write("one.txt", "1\n");
    const one = lab.commit("one");
    lab.git(lab.repo, "checkout", "-q", "-b", "other", "main");
    lab.write("other.txt", "2\n");
    const other = lab.commit("other");
    lab.git(lab.repo, "tag", "v1", "other");
    lab.git(lab.repo, "checkout", "-q", "main");
    lab.git(lab.repo, "update-ref", "refs/remotes/origin/main", other);
    lab.git(lab.repo, "config", "remote.origin.url", "https://git.example.org/a.git");
    lab.git(lab.repo, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
    lab.git(lab.repo, "config", "branch.main.remote", "origin");
    lab.git(lab.repo, "config", "branch.main.merge", "refs/heads/main");
    await lab.clone({ refs: ["agent/**"] });
    expect(refsOf(lab.copy)).toEqual(["refs/heads/agent/one", "refs/heads/main"]);
    expect(lab.objects(lab.copy)).toEqual(expect.arrayContaining([first, one]));
    expect(lab.objects(lab.copy)).not.toContain(other);
    await lab.clone({ refs: "current" });
    expect(refsOf(lab.copy)).toEqual(["refs/heads/main", "refs/remotes/origin/main"]);
    expect(lab.objects(lab.copy)).not.toContain(one);
    expect(lab.git(lab.copy, "status", "-sb")).toContain("## main...origin/main [behind 1]");
    await lab.clone({ refs: ["v1"] });
    expect(refsOf(lab.copy)).toEqual(["refs/heads/main", "refs/tags/v1"]);
    await lab.clone({ refs: ["stash", "**"] });
    expect(refsOf(lab.copy)).toHaveLength(5);
  });

  it("has an unborn branch, a detached HEAD and nothing at all as the source has them", async () => {
    await lab.clone();
    expect(lab.git(lab.copy, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    lab.write("a.txt", "a\n");
    lab.git(lab.repo, "add", "a.txt");
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("A  a.txt");
    expect(lab.git(lab.copy, "show", ":a.txt")).toBe("a");
    const first = lab.commit("first");
    lab.write("a.txt", "b\n");
    lab.commit("second");
    lab.git(lab.repo, "checkout", "-q", "--detach", first);
    lab.git(lab.repo, "branch", "-qD", "main");
    await lab.clone();
    expect(lab.git(lab.copy, "rev-parse", "HEAD")).toBe(first);
    expect(lab.objects(lab.copy)).toHaveLength(3);
  });

  it("is as shallow, as partial, as wide in its hashes as the source", async () => {
    for (const text of ["1\n", "2\n", "3\n"]) {
      lab.write("a.txt", text);
      lab.commit(text);
    }
    lab.git(lab.repo, "config", "uploadpack.allowFilter", "true");
    const origin = lab.repo;
    for (const flags of [["--depth=2"], ["--filter=blob:none"], ["--filter=tree:0"]]) {
      lab.repo = join(lab.base, flags.join(""));
      lab.git(lab.base, "clone", "-q", ...flags, `file://${origin}`, lab.repo);
      const there = lab.objects(lab.repo).length;
      await lab.clone();
      // Nothing was fetched on the way.
      expect(lab.objects(lab.copy)).toHaveLength(there);
      expect(lab.git(lab.copy, "log", "--format=%s")).toBe(lab.git(lab.repo, "log", "--format=%s"));
      expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
      expect(lab.git(lab.copy, "fsck")).toBe("");
    }
    lab.repo = join(lab.base, "wide");
    lab.git(lab.base, "init", "-q", "--object-format=sha256", lab.repo);
    lab.write("a.txt", "a\n");
    lab.commit("first");
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    expect(lab.git(lab.copy, "rev-parse", "HEAD")).toBe(lab.git(lab.repo, "rev-parse", "HEAD"));
  });

  it("borrows nothing, although the source does", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    const lender = lab.repo;
    lab.repo = join(lab.base, 'it\'s: a "borrower" ü');
    lab.git(lab.base, "clone", "-q", "--shared", lender, lab.repo);
    await lab.clone();
    rmSync(lender, { recursive: true });
    expect(existsSync(join(lab.copy, ".git/objects/info/alternates"))).toBe(false);
    expect(lab.git(lab.copy, "fsck", "--full")).toBe("");
    expect(lab.git(lab.copy, "show", "HEAD:a.txt")).toBe("a");
  });

  it("is that of a linked worktree, with its own HEAD and index", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    const main = lab.repo;
    lab.repo = join(lab.base, "linked");
    lab.git(main, "worktree", "add", "-q", "-b", "side", lab.repo);
    lab.write("b.txt", "b\n");
    lab.git(lab.repo, "add", "b.txt");
    await lab.clone();
    expect(lab.git(lab.copy, "symbolic-ref", "HEAD")).toBe("refs/heads/side");
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("A  b.txt");
    expect(refsOf(lab.copy)).toEqual(["refs/heads/main", "refs/heads/side"]);
    expect(lab.git(lab.copy, "worktree", "list").split("\n")).toHaveLength(1);
  });

  it("is that of a folder whose .git is elsewhere", async () => {
    rmSync(join(lab.repo, ".git"), { recursive: true });
    lab.git(lab.base, "init", "-q", "-b", "main", "--separate-git-dir=app.git", lab.repo);
    lab.write("a.txt", "a\n");
    lab.commit("first");
    await lab.clone();
    expect(lab.git(lab.copy, "log", "--format=%s")).toBe("first");
    expect(lab.git(lab.copy, "rev-parse", "--absolute-git-dir")).toBe(join(lab.copy, ".git"));
  });

  it.each([2, 3, 4])(
    "has an index of version %i, split, with intents and conflicts",
    async (version) => {
      lab.write("a/long/path/to/a.txt", "a\n");
      lab.write("a/long/path/to/b.txt", "b\n");
      lab.commit("first");
      lab.git(lab.repo, "checkout", "-q", "-b", "side");
      lab.write("a/long/path/to/a.txt", "side\n");
      lab.commit("side");
      lab.git(lab.repo, "checkout", "-q", "main");
      lab.write("a/long/path/to/a.txt", "main\n");
      lab.commit("main");
      expect(() => lab.git(lab.repo, "merge", "-q", "side")).toThrow();
      lab.write("intended.txt", "x\n");
      lab.git(lab.repo, "add", "-N", "intended.txt");
      lab.git(lab.repo, "update-index", "--index-version", String(version));
      const before = lab.git(lab.repo, "ls-files", "--stage", "-v");
      await lab.clone();
      expect(lab.git(lab.copy, "ls-files", "--stage", "-v")).toBe(before);
      expect(lab.git(lab.copy, "status", "--porcelain")).toBe(
        lab.git(lab.repo, "status", "--porcelain"),
      );
      // The merge goes on inside, with both its parents.
      lab.git(lab.copy, "checkout", "-q", "--ours", "a");
      lab.git(lab.copy, "commit", "-qam", "merged");
      expect(lab.git(lab.copy, "log", "-1", "--format=%P").split(" ")).toHaveLength(2);
      lab.git(lab.repo, "update-index", "--split-index");
      lab.write("later.txt", "later\n");
      lab.git(lab.repo, "add", "later.txt");
      await lab.clone();
      expect(lab.git(lab.copy, "ls-files", "--stage")).toBe(
        lab.git(lab.repo, "ls-files", "--stage"),
      );
      expect(
        readdirSync(join(lab.copy, ".git")).filter((name) => name.startsWith("shared")),
      ).toEqual([]);
    },
  );

  it("shows as changed just what has changed, also where sizes and seconds are the same", async () => {
    for (const name of ["same.txt", "other.txt"]) lab.write(name, "0123456789\n");
    lab.commit("first");
    lab.write("other.txt", "9876543210\n");
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe(" M other.txt");
  });

  it("has a sparse checkout, and no file that the source left out shows as deleted", async () => {
    for (const name of ["in/a.txt", "out/b.txt"]) lab.write(name, "x\n");
    lab.commit("first");
    lab.git(lab.repo, "sparse-checkout", "set", "--cone", "--sparse-index", "in");
    expect(existsSync(join(lab.repo, "out"))).toBe(false);
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    expect(lab.git(lab.copy, "sparse-checkout", "list")).toBe("in");
  });

  it("leaves the state of a rebase behind, by name", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    mkdirSync(join(lab.repo, ".git/rebase-merge"));
    writeFileSync(join(lab.repo, ".git/rebase-merge/git-rebase-todo"), "exec false\n");
    expect((await lab.clone()).dropped).toEqual([".git/rebase-merge (under way)"]);
    expect(existsSync(join(lab.copy, ".git/rebase-merge"))).toBe(false);
  });
});

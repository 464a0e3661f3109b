import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";

const lab = useApplyLab();
const yes = (): Promise<boolean> => Promise.resolve(true);

function log(format: string, ref = branch): readonly string[] {
  return lab.git(lab.repo, "log", "--topo-order", `--format=${format}`, ref).split("\n");
}

function show(path: string, ref = branch): string {
  return lab.git(lab.repo, "show", `${ref}:${path}`);
}

describe("a second apply", () => {
  it("moves the branch forward when the bottle has committed more", async () => {
    lab.write(lab.bottle, "one.txt", "1\n");
    lab.commit(lab.bottle, "one");
    await lab.apply();
    const before = lab.git(lab.repo, "rev-parse", branch);
    lab.write(lab.bottle, "two.txt", "2\n");
    lab.commit(lab.bottle, "two");
    expect(await lab.apply()).toMatchObject({ branch, commits: 1, looseFiles: 0 });
    expect(log("%s")).toEqual(["two", "one", "first"]);
    expect(log("%H")[1]).toBe(before);
  });

  it("says that there is nothing new, and makes nothing, when nothing was done since", async () => {
    lab.write(lab.bottle, "loose.txt", "1\n");
    await lab.apply();
    const before = lab.git(lab.repo, "rev-parse", branch);
    expect(await lab.apply({ now: 1_800_000_000_000 })).toMatchObject({ branch: undefined });
    expect(lab.git(lab.repo, "rev-parse", branch)).toBe(before);
  });

  it("goes on in one commit after loose files were brought, and keeps the commits that the bottle made of them", async () => {
    lab.write(lab.bottle, "loose.txt", "1\n");
    await lab.apply();
    const before = lab.git(lab.repo, "rev-parse", branch);
    lab.write(lab.bottle, "more.txt", "2\n");
    lab.commit(lab.bottle, "all of it");
    await lab.apply();
    expect(log("%s").toSorted()).toEqual([
      "Further work of bottle me-abc12",
      "Loose files of bottle me-abc12",
      "all of it",
      "first",
    ]);
    expect(lab.git(lab.repo, "merge-base", "--is-ancestor", before, branch)).toBe("");
    expect(lab.files()).toEqual(expect.arrayContaining(["loose.txt", "more.txt"]));
  });

  it("goes on after loose files were brought and others came", async () => {
    lab.write(lab.bottle, "loose.txt", "1\n");
    lab.write(lab.bottle, "gone.txt", "1\n");
    await lab.apply();
    lab.write(lab.bottle, "loose.txt", "2\n");
    rmSync(join(lab.bottle, "gone.txt"));
    await lab.apply();
    expect(log("%s")).toEqual([
      "Further work of bottle me-abc12",
      "Loose files of bottle me-abc12",
      "first",
    ]);
    expect(show("loose.txt")).toBe("2");
    expect(lab.files()).not.toContain("gone.txt");
  });

  it("goes on after the bottle has rewritten its history", async () => {
    lab.write(lab.bottle, "one.txt", "1\n");
    lab.commit(lab.bottle, "one");
    await lab.apply();
    const before = lab.git(lab.repo, "rev-parse", branch);
    lab.git(lab.bottle, "commit", "-q", "--amend", "-m", "better");
    lab.write(lab.bottle, "one.txt", "2\n");
    lab.commit(lab.bottle, "two");
    await lab.apply();
    expect(lab.git(lab.repo, "merge-base", "--is-ancestor", before, branch)).toBe("");
    expect(log("%s")).toEqual(expect.arrayContaining(["one", "better", "two"]));
    expect(show("one.txt")).toBe("2");
  });

  it("makes the branch anew when the owner has deleted it", async () => {
    lab.write(lab.bottle, "loose.txt", "1\n");
    await lab.apply();
    lab.git(lab.repo, "branch", "-D", branch);
    expect(await lab.apply()).toMatchObject({ branch });
  });

  it("never touches a branch that went its own way, and says why", async () => {
    lab.write(lab.bottle, "loose.txt", "1\n");
    await lab.apply();
    lab.git(lab.repo, "checkout", "-q", branch);
    lab.write(lab.repo, "mine.txt", "mine\n");
    lab.commit(lab.repo, "the owner's own");
    lab.git(lab.repo, "checkout", "-q", "main");
    expect(await lab.applyCode()).toBe("no error");
    lab.write(lab.bottle, "more.txt", "2\n");
    expect(await lab.applyCode()).toBe("E_APPLY_BRANCH");
    expect(log("%s")[0]).toBe("the owner's own");
  });

  it("never touches a branch that somebody else made", async () => {
    lab.git(lab.repo, "checkout", "-q", "-b", branch);
    lab.write(lab.repo, "mine.txt", "mine\n");
    lab.commit(lab.repo, "mine");
    lab.git(lab.repo, "checkout", "-q", "main");
    lab.write(lab.bottle, "loose.txt", "1\n");
    expect(await lab.applyCode()).toBe("E_APPLY_BRANCH");
    expect(log("%s")[0]).toBe("mine");
  });

  it("does not move a branch that is checked out, also in another worktree", async () => {
    lab.write(lab.bottle, "loose.txt", "1\n");
    await lab.apply();
    lab.git(lab.repo, "worktree", "add", "-q", join(lab.base, "beside"), branch);
    lab.write(lab.bottle, "loose.txt", "2\n");
    expect(await lab.applyCode()).toBe("E_APPLY_BRANCH");
    expect(show("loose.txt")).toBe("1");
  });
});

describe("without a yes, a dangerous file stays as the owner has it", () => {
  const evil = '{"scripts": {"postinstall": "evil"}}\n';

  it("as a loose file", async () => {
    lab.write(lab.bottle, "package.json", evil);
    lab.write(lab.bottle, "code.txt", "x");
    const { leftOut } = await lab.apply();
    expect(leftOut).toMatchObject([{ path: "package.json" }]);
    expect(lab.files()).toContain("code.txt");
    expect(lab.files()).not.toContain("package.json");
  });

  it("in every commit, also one that a later commit took back", async () => {
    lab.write(lab.bottle, "one.txt", "1\n");
    lab.commit(lab.bottle, "honest");
    const honest = lab.git(lab.bottle, "rev-parse", "HEAD");
    lab.write(lab.bottle, "package.json", evil);
    lab.write(lab.bottle, "two.txt", "2\n");
    lab.commit(lab.bottle, "mixed\n\nwith a body");
    rmSync(join(lab.bottle, "package.json"));
    lab.commit(lab.bottle, "clean again");
    const result = await lab.apply();
    expect(result).toMatchObject({ commits: 3, rewritten: 2, looseFiles: 0, leftOut: [] });
    expect(log("%s")).toEqual(["clean again", "mixed", "honest", "first"]);
    expect(log("%H")[2]).toBe(honest);
    expect(lab.git(lab.repo, "log", "--format=", "--name-only", branch)).not.toContain(
      "package.json",
    );
    expect(lab.git(lab.repo, "log", "-1", "--format=%B%an%cn", `${branch}~1`)).toBe(
      "mixed\n\nwith a body\ntclaude-bottle",
    );
    // Not even as an object that nothing names.
    const blob = lab.git(lab.bottle, "rev-parse", "HEAD~1:package.json");
    expect(() => lab.git(lab.repo, "cat-file", "-e", blob)).toThrow(/./);
  });

  it("in merges and in histories without a root of the owner's", async () => {
    lab.git(lab.bottle, "checkout", "-q", "--orphan", "fresh");
    lab.git(lab.bottle, "rm", "-rfq", ".");
    lab.write(lab.bottle, "Makefile", "all:\n\tevil\n");
    lab.write(lab.bottle, "own.txt", "1\n");
    lab.commit(lab.bottle, "root");
    lab.git(lab.bottle, "checkout", "-q", "main");
    lab.git(lab.bottle, "merge", "-q", "--allow-unrelated-histories", "-m", "joined", "fresh");
    expect(await lab.apply()).toMatchObject({ rewritten: 2, leftOut: [{ path: "Makefile" }] });
    expect(lab.git(lab.repo, "rev-list", "--count", "--merges", branch)).toBe("1");
    expect(lab.git(lab.repo, "log", "-m", "--format=", "--name-only", branch)).not.toContain(
      "Makefile",
    );
    expect(lab.files()).toContain("own.txt");
  });

  it("and a history without one comes as it is, id for id", async () => {
    lab.write(lab.bottle, "one.txt", "1\n");
    lab.commit(lab.bottle, "one");
    expect(await lab.apply()).toMatchObject({ rewritten: 0 });
    expect(lab.git(lab.repo, "rev-parse", branch)).toBe(lab.git(lab.bottle, "rev-parse", "HEAD"));
  });

  it("until the yes: then the whole history comes, and the branch still moves only forward", async () => {
    lab.write(lab.bottle, "package.json", evil);
    lab.commit(lab.bottle, "mixed");
    const original = lab.git(lab.bottle, "rev-parse", "HEAD");
    await lab.apply();
    const before = lab.git(lab.repo, "rev-parse", branch);
    expect(await lab.apply({ includeDangerous: yes })).toMatchObject({ leftOut: [], rewritten: 0 });
    expect(show("package.json")).toBe(evil.trim());
    for (const id of [before, original])
      expect(lab.git(lab.repo, "merge-base", "--is-ancestor", id, branch)).toBe("");
  });

  it("and what got its yes stays, while the next one waits for its own", async () => {
    lab.write(lab.bottle, "package.json", evil);
    await lab.apply({ includeDangerous: yes });
    lab.write(lab.bottle, "Makefile", "all:\n\tevil\n");
    lab.write(lab.bottle, "code.txt", "x");
    expect((await lab.apply()).leftOut).toMatchObject([{ path: "Makefile" }]);
    expect(lab.files()).toEqual(expect.arrayContaining(["package.json", "code.txt"]));
    expect(lab.files()).not.toContain("Makefile");
    lab.write(lab.bottle, "package.json", `${evil}\n`);
    expect((await lab.apply()).leftOut.map(({ path }) => path)).toEqual([
      "Makefile",
      "package.json",
    ]);
    expect(show("package.json")).toBe(evil.trim());
  });

  it("with what took its place, or whose place it took", async () => {
    lab.write(lab.repo, "Makefile", "all:\n");
    lab.commit(lab.repo, "make");
    await lab.copy();
    rmSync(join(lab.bottle, "Makefile"));
    lab.write(lab.bottle, "Makefile/inside.txt", "x");
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    lab.git(lab.bottle, "hash-object", "-w", "kept.txt");
    lab.write(lab.bottle, "code.txt", "x");
    const { leftOut } = await lab.apply();
    expect(leftOut.map(({ path }) => path)).toEqual(["Makefile", "Makefile/inside.txt"]);
    expect(show("Makefile")).toBe("all:");
  });

  it("also if it is deleted", async () => {
    lab.write(lab.repo, ".github/workflows/check.yml", "on: push\n");
    lab.commit(lab.repo, "ci");
    await lab.copy();
    rmSync(join(lab.bottle, ".github"), { recursive: true });
    expect((await lab.apply()).leftOut).toMatchObject([{ path: ".github/workflows/check.yml" }]);
    expect(lab.git(lab.repo, "branch", "--list", branch)).toBe("");
  });
});

describe("what the owner had not committed", () => {
  it("does not come back with the bottle's work, unless the bottle changed it", async () => {
    lab.write(lab.repo, "changed.txt", "old\nof the owner\n");
    lab.write(lab.repo, "untracked.txt", "of the owner\n");
    lab.write(lab.repo, "both.txt", "of the owner\n");
    rmSync(join(lab.repo, "deleted.txt"));
    await lab.copy();
    lab.write(lab.bottle, "both.txt", "of the owner\nof the bottle\n");
    lab.write(lab.bottle, "new.txt", "of the bottle\n");
    expect(await lab.apply()).toMatchObject({ looseFiles: 2, untouched: 3 });
    expect(show("changed.txt")).toBe("old");
    expect(show("both.txt")).toBe("of the owner\nof the bottle");
    expect(lab.files()).toContain("deleted.txt");
    expect(lab.files()).not.toContain("untracked.txt");
    // The branch can be merged into the folder as the owner left it.
    rmSync(join(lab.repo, "both.txt"));
    lab.git(lab.repo, "merge", "-q", branch);
    expect(readFileSync(join(lab.repo, "changed.txt"), "utf8")).toBe("old\nof the owner\n");
    expect(existsSync(join(lab.repo, "deleted.txt"))).toBe(false);
  });

  it("comes when the bottle committed it, and is no danger then", async () => {
    lab.write(lab.repo, "package.json", '{"scripts": {"mine": "own"}}\n');
    await lab.copy();
    lab.write(lab.bottle, "new.txt", "of the bottle\n");
    lab.commit(lab.bottle, "everything");
    expect(await lab.apply()).toMatchObject({ rewritten: 0, leftOut: [] });
    expect(lab.files()).toContain("package.json");
  });
});

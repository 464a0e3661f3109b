import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";
import { openWork } from "./work.ts";

const lab = useApplyLab();

async function changed(): Promise<readonly string[]> {
  await using work = await openWork(lab.work());
  return work.changes.map(({ path }) => path);
}

async function refusal(): Promise<string> {
  return openWork(lab.work()).then(
    () => "no error",
    (error: unknown) => String((error as { code?: string }).code),
  );
}

describe("what a bottle changed", () => {
  it("is told against what it was given, and not against what is committed", async () => {
    lab.write(lab.repo, "changed.txt", "of the owner\n");
    lab.write(lab.repo, "own.txt", "of the owner\n");
    await lab.copy();
    lab.write(lab.bottle, "changed.txt", "of the bottle\n");
    await using work = await openWork(lab.work());
    expect(work.changes.map(({ path }) => path)).toEqual(["changed.txt"]);
    const before = await work.stage.git({
      step: "look",
      argv: ["cat-file", "blob", work.changes[0]?.before?.id ?? ""],
    });
    expect(before.output.toString()).toBe("of the owner\n");
    expect(work.sifted.untouched).toEqual(["own.txt"]);
  });

  it("is told against the newest commit of the owner's that it builds on", async () => {
    lab.git(lab.repo, "checkout", "-q", "-b", "feature");
    lab.write(lab.repo, "feature.txt", "x\n");
    lab.commit(lab.repo, "feature");
    lab.git(lab.repo, "checkout", "-q", "main");
    await lab.copy();
    lab.git(lab.bottle, "checkout", "-q", "feature");
    lab.write(lab.bottle, "more.txt", "x\n");
    lab.commit(lab.bottle, "more");
    expect(await changed()).toEqual(["more.txt"]);
  });

  it("names other branches and the stash", async () => {
    lab.git(lab.bottle, "checkout", "-q", "-b", "side");
    lab.write(lab.bottle, "side.txt", "x\n");
    lab.commit(lab.bottle, "side");
    lab.git(lab.bottle, "branch", "same");
    lab.git(lab.bottle, "checkout", "-q", "main");
    lab.git(lab.bottle, "branch", "here");
    lab.write(lab.bottle, "kept.txt", "stashed\n");
    lab.git(lab.bottle, "stash");
    await using work = await openWork(lab.work());
    expect(work.otherBranches).toEqual(["same", "side"]);
    expect(work.stashed).toBe(true);
    expect(work.changes).toEqual([]);
  });

  it("does not tell of nested repositories and submodules in which nothing changed since the copy", async () => {
    for (const folder of ["nested", "module"]) {
      mkdirSync(join(lab.repo, folder));
      lab.git(join(lab.repo, folder), "init", "-q");
      lab.write(lab.repo, `${folder}/file.txt`, "x\n");
      lab.commit(join(lab.repo, folder), "x");
    }
    lab.git(lab.repo, "add", "module");
    lab.git(lab.repo, "commit", "-qm", "a submodule");
    await lab.copy();
    await new Promise((resolve) => setTimeout(resolve, 40));
    await using before = await openWork(lab.work());
    expect(before.skipped).toEqual([]);
    lab.write(lab.bottle, "nested/file.txt", "changed\n");
    lab.write(lab.bottle, "module/new.txt", "x\n");
    await using after = await openWork(lab.work());
    expect(after.skipped.map(({ path, content }) => ({ path, content }))).toEqual([
      { path: "module", content: true },
      { path: "nested", content: true },
    ]);
  });
});

describe("masked files", () => {
  it("are no change while they are empty, committed or not, and come back as the owner has them", async () => {
    lab.write(lab.repo, ".env", "TRACKED=1\n");
    lab.git(lab.repo, "add", "-f", ".env");
    lab.git(lab.repo, "commit", "-qm", "env");
    lab.write(lab.repo, "secret.pem", "untracked\n");
    await lab.copy();
    for (const path of [".env", "secret.pem"])
      expect(readFileSync(join(lab.bottle, path), "utf8")).toBe("");
    expect(await changed()).toEqual([]);
    rmSync(join(lab.bottle, "secret.pem"));
    expect(await changed()).toEqual([]);
    writeFileSync(join(lab.bottle, "secret.pem"), "");
    lab.write(lab.bottle, "new.txt", "x\n");
    lab.commit(lab.bottle, "everything");
    expect(await changed()).toEqual(["new.txt"]);
    await lab.apply({ includeDangerous: () => Promise.resolve(true) });
    expect(lab.git(lab.repo, "show", `${branch}:.env`)).toBe("TRACKED=1");
  });

  it("are marked when they got content, and the owner's is not shown", async () => {
    lab.write(lab.repo, "secret.pem", "of the owner\n");
    await lab.copy();
    lab.write(lab.bottle, "secret.pem", "of the bottle\n");
    await using work = await openWork(lab.work());
    const { output } = await work.stage.git({
      step: "look",
      argv: ["diff-tree", "-p", work.start, work.result],
    });
    expect(output.toString()).toContain("+of the bottle");
    expect(output.toString()).not.toContain("of the owner");
    expect((await lab.apply()).leftOut).toMatchObject([{ path: "secret.pem" }]);
  });
});

describe("files of Git LFS", () => {
  const content = "large content\n".repeat(100);
  const pointer = (text: string): string =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${createHash("sha256").update(text).digest("hex")}\nsize ${text.length}\n`;

  /** As git-lfs leaves it: the pointer is committed, the content is in the folder. */
  async function commitPointer(): Promise<void> {
    lab.write(lab.repo, ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    lab.write(lab.repo, "big.bin", pointer(content));
    lab.commit(lab.repo, "a pointer");
    lab.write(lab.repo, "big.bin", content);
    await lab.copy();
  }

  it("are no change as they were given, also when the owner's has changed since", async () => {
    await commitPointer();
    expect(await changed()).toEqual([]);
    lab.write(lab.repo, "big.bin", "something else\n");
    expect(await changed()).toEqual([]);
  });

  it("are named where a branch would need the owner's filter, and come into the folder", async () => {
    await commitPointer();
    lab.write(lab.bottle, "big.bin", `${content}more\n`);
    lab.write(lab.bottle, "new.bin", "new\n");
    lab.write(lab.bottle, "new.txt", "new\n");
    expect(await changed()).toEqual(["big.bin", "new.bin", "new.txt"]);
    const { skipped } = await lab.apply();
    expect(skipped.map(({ path }) => path)).toEqual(["big.bin", "new.bin"]);
    expect(lab.git(lab.repo, "show", `${branch}:big.bin`)).toBe(pointer(content).trim());
    expect(lab.files()).not.toContain("new.bin");
    expect(lab.files()).toContain("new.txt");
    expect(await lab.apply({ to: "worktree" })).toMatchObject({ written: 3, skipped: [] });
  });
});

describe("files of Git LFS that the bottle committed", () => {
  const content = "large content\n".repeat(100);
  const pointer = (text: string): string =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${createHash("sha256").update(text).digest("hex")}\nsize ${text.length}\n`;

  it("come back as the pointers that they were, and by name if they were changed", async () => {
    lab.write(lab.repo, ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    for (const name of ["same.bin", "changed.bin", "pointer.bin"])
      lab.write(lab.repo, name, pointer(content));
    lab.commit(lab.repo, "pointers");
    for (const name of ["same.bin", "changed.bin", "pointer.bin"])
      lab.write(lab.repo, name, content);
    await lab.copy();
    lab.write(lab.bottle, "changed.bin", "other content\n");
    lab.write(lab.bottle, "pointer.bin", pointer("made by git-lfs inside"));
    lab.write(lab.bottle, "new.txt", "x\n");
    // git inside has no filter: it commits what is there.
    for (const name of ["same.bin", "changed.bin"])
      lab.git(lab.bottle, "rm", "-q", "--cached", name);
    lab.commit(lab.bottle, "everything");
    expect(await changed()).toEqual(["changed.bin", "new.txt", "pointer.bin"]);
    const { skipped, rewritten } = await lab.apply();
    expect(skipped.map(({ path }) => path)).toEqual(["changed.bin"]);
    expect(rewritten).toBe(1);
    expect(lab.git(lab.repo, "diff", "--name-only", "main", branch)).toBe("new.txt\npointer.bin");
  });
});

describe("a linked worktree of the owner's", () => {
  it("gives and gets as any other folder; the branch is made in the repository of all worktrees", async () => {
    const linked = join(lab.base, "linked");
    lab.git(lab.repo, "worktree", "add", "-q", "-b", "beside", linked);
    lab.repo = linked;
    await lab.copy();
    lab.write(lab.bottle, "new.txt", "x\n");
    lab.commit(lab.bottle, "committed");
    lab.write(lab.bottle, "loose.txt", "x\n");
    expect(await lab.apply()).toMatchObject({ branch, commits: 2 });
    expect(lab.git(join(lab.base, "repo"), "log", "--format=%s", branch).split("\n")).toEqual([
      "Loose files of bottle me-abc12",
      "committed",
      "first",
    ]);
    expect(await lab.apply({ to: "worktree" })).toMatchObject({ written: 2 });
    expect(lab.git(linked, "status", "--porcelain").split("\n")).toEqual([
      "?? loose.txt",
      "?? new.txt",
    ]);
  });
});

describe("reading is refused", () => {
  it("when the owner's folder or its repository is gone", async () => {
    rmSync(join(lab.repo, ".git"), { recursive: true });
    expect(await refusal()).toBe("E_APPLY_SOURCE");
    rmSync(lab.repo, { recursive: true });
    expect(await refusal()).toBe("E_APPLY_SOURCE");
  });

  it("when there is no copy", async () => {
    rmSync(lab.bottle, { recursive: true });
    expect(await refusal()).toBe("E_APPLY_DAMAGED");
  });
});

describe("packs from before the start are not read again", () => {
  it("and are read after all if the owner has thrown their objects away", async () => {
    lab.write(lab.repo, "branch.txt", "x\n");
    lab.git(lab.repo, "checkout", "-q", "-b", "short");
    lab.commit(lab.repo, "short-lived");
    await lab.copy();
    lab.write(lab.bottle, "new.txt", "x\n");
    lab.commit(lab.bottle, "on top of it");
    lab.git(lab.repo, "checkout", "-q", "main");
    lab.git(lab.repo, "branch", "-D", "short");
    lab.git(lab.repo, "reflog", "expire", "--expire=now", "--all");
    lab.git(lab.repo, "gc", "-q", "--prune=now");
    expect(await lab.apply()).toMatchObject({ branch, commits: 2 });
    expect(lab.files()).toEqual(expect.arrayContaining(["branch.txt", "new.txt"]));
  });
});

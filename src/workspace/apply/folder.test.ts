import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { useApplyLab } from "../../../tests/support/apply-lab.ts";
import { openWork } from "../changes/work.ts";
import { unappliedWork } from "./unapplied.ts";

const lab = useApplyLab();

function read(path: string): string {
  return readFileSync(join(lab.repo, path), "utf8");
}

/** What the bottle changed, by path. */
async function changed(): Promise<readonly string[]> {
  await using work = await openWork(lab.work());
  return work.changes.map(({ path, before, after }) => {
    const sign = before === undefined ? "+" : after === undefined ? "-" : "~";
    return `${sign}${path}`;
  });
}

/** The record says what was copied, or, as one of an older version, nothing. */
describe.each([
  ["with a list of what was copied", true],
  ["without one", false],
])("a folder without git, %s", (_name, list) => {
  beforeEach(async () => {
    rmSync(join(lab.repo, ".git"), { recursive: true });
    symlinkSync("kept.txt", join(lab.repo, "link"));
    writeFileSync(Buffer.concat([Buffer.from(join(lab.repo, "n")), Buffer.from([0xff])]), "odd\n");
    await lab.copy();
    if (!list) lab.forgetFacts();
  });

  it("is unchanged at first, also when files were only touched", async () => {
    utimesSync(join(lab.bottle, "kept.txt"), 1, 1);
    expect(await changed()).toEqual([]);
    expect(await lab.apply()).toMatchObject({ to: "worktree", written: 0 });
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
  });

  it("gets what the bottle changed, added and deleted; nothing is ignored there", async () => {
    lab.write(lab.bottle, "changed.txt", "new\n");
    lab.write(lab.bottle, "ignored/new.log", "new\n");
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    rmSync(join(lab.bottle, "link"));
    symlinkSync("changed.txt", join(lab.bottle, "link"));
    expect(await changed()).toEqual([
      "~changed.txt",
      "+ignored/new.log",
      "~link",
      "-sub/deep/file.txt",
    ]);
    expect(await unappliedWork(lab.work())).toEqual({
      changed: true,
      summary: "It holds 4 changed files.",
    });
    expect(await lab.apply()).toMatchObject({ to: "worktree", written: 4 });
    expect(read("changed.txt")).toBe("new\n");
    expect(read("ignored/new.log")).toBe("new\n");
    expect(existsSync(join(lab.repo, "sub"))).toBe(false);
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
  });

  it("gets more at the next apply, and nothing is undone that the owner made meanwhile", async () => {
    lab.write(lab.bottle, "changed.txt", "one\n");
    await lab.apply();
    lab.write(lab.repo, "own.txt", "of the owner\n");
    lab.write(lab.bottle, "changed.txt", "two\n");
    lab.write(lab.bottle, "more.txt", "two\n");
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: true });
    expect(await lab.apply()).toMatchObject({ written: 2 });
    expect(read("changed.txt")).toBe("two\n");
    expect(read("own.txt")).toBe("of the owner\n");
  });

  it("keeps what the owner has changed since: a conflict, and nothing is changed", async () => {
    lab.write(lab.bottle, "changed.txt", "bottle\n");
    lab.write(lab.bottle, "new.txt", "bottle\n");
    lab.write(lab.repo, "changed.txt", "owner\n");
    expect(await lab.applyCode()).toBe("E_APPLY_CONFLICT");
    expect(read("changed.txt")).toBe("owner\n");
    expect(existsSync(join(lab.repo, "new.txt"))).toBe(false);
  });

  it("keeps what the owner has changed since and the bottle has not touched", async () => {
    lab.write(lab.repo, "kept.txt", "owner\n");
    rmSync(join(lab.repo, "deleted.txt"));
    lab.write(lab.bottle, "new.txt", "bottle\n");
    // Without a list nobody can tell who of the two has changed a file: that is a conflict.
    if (list) expect(await changed()).toEqual(["+new.txt"]);
    expect(await lab.applyCode()).toBe(list ? "no error" : "E_APPLY_CONFLICT");
    expect(read("kept.txt")).toBe("owner\n");
    expect(existsSync(join(lab.repo, "new.txt"))).toBe(list);
  });

  it("knows a folder that took another's place by what is in it", async () => {
    lab.write(lab.bottle, "sub/deep/file.txt", "DEEP\n");
    renameSync(join(lab.bottle, "sub/deep"), join(lab.bottle, "aside"));
    mkdirSync(join(lab.bottle, "sub/deep"));
    lab.write(lab.bottle, "sub/deep/file.txt", "deeP\n");
    expect(await changed()).toEqual(["+aside/file.txt", "~sub/deep/file.txt"]);
  });

  it("gets no repository, and no branch", async () => {
    lab.git(lab.bottle, "init", "-q");
    lab.write(lab.bottle, "new.txt", "x\n");
    lab.commit(lab.bottle, "committed");
    const { skipped } = await lab.apply();
    expect(skipped.map(({ path }) => path)).toEqual([".git"]);
    expect(existsSync(join(lab.repo, ".git"))).toBe(false);
    expect(read("new.txt")).toBe("x\n");
    expect(await lab.applyCode({ to: "branch" })).toBe("E_APPLY_NOT_GIT");
  });
});

describe("what was masked in a folder without git", () => {
  beforeEach(async () => {
    rmSync(join(lab.repo, ".git"), { recursive: true });
    lab.write(lab.repo, ".env", "SECRET=of the owner\n");
    await lab.copy();
  });

  it("is no change, neither empty nor deleted", async () => {
    expect(await changed()).toEqual([]);
    rmSync(join(lab.bottle, ".env"));
    expect(await changed()).toEqual([]);
  });

  it("is never written over", async () => {
    lab.write(lab.bottle, ".env", "SECRET=of the bottle\n");
    expect(await lab.applyCode({ includeDangerous: () => Promise.resolve(true) })).toBe(
      "E_APPLY_CONFLICT",
    );
    expect((await lab.apply()).leftOut).toMatchObject([{ path: ".env" }]);
    expect(read(".env")).toBe("SECRET=of the owner\n");
  });
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useApplyLab } from "../../../tests/support/apply-lab.ts";
import { unappliedWork } from "./unapplied.ts";

const lab = useApplyLab();
const yes = (): Promise<boolean> => Promise.resolve(true);

describe("a bottle holds work that is nowhere else", () => {
  it("when it has commits or files of its own, and not after they were brought", async () => {
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
    lab.write(lab.bottle, "one.txt", "1\n");
    lab.commit(lab.bottle, "one");
    lab.write(lab.bottle, "loose.txt", "1\n");
    expect(await unappliedWork(lab.work())).toEqual({
      changed: true,
      summary: "It holds 1 new commit, 2 changed files.",
    });
    await lab.apply();
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
    lab.write(lab.bottle, "loose.txt", "2\n");
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: true });
    await lab.apply({ to: "worktree" });
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
  });

  it("when dangerous files were left out, until they were brought", async () => {
    lab.write(lab.bottle, "package.json", "{}\n");
    lab.write(lab.bottle, "one.txt", "1\n");
    await lab.apply();
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: true });
    await lab.apply({ includeDangerous: yes });
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
  });

  it("when another branch or a stash has some", async () => {
    lab.git(lab.bottle, "checkout", "-q", "-b", "side");
    lab.write(lab.bottle, "side.txt", "x\n");
    lab.commit(lab.bottle, "side");
    lab.git(lab.bottle, "checkout", "-q", "main");
    expect(await unappliedWork(lab.work())).toEqual({
      changed: true,
      summary: "It holds 1 other branch with commits.",
    });
  });

  it("when its commits were brought and others have the same files", async () => {
    lab.write(lab.bottle, "one.txt", "1\n");
    await lab.apply();
    lab.commit(lab.bottle, "says why");
    expect(await unappliedWork(lab.work())).toMatchObject({ changed: true });
  });

  it("when it cannot be read", async () => {
    writeFileSync(join(lab.bottle, ".git", "HEAD"), "nonsense\n");
    expect(await unappliedWork(lab.work())).toMatchObject({
      changed: true,
      summary: expect.stringContaining("cannot be read") as string,
    });
  });
});

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openIgnoreQuestions } from "./ignore-questions.ts";
import type { IgnoreQuestions } from "./ignore-questions.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "bottle-ignore-"));
  execFileSync("git", ["init", "-q", dir]);
});
afterEach(() => rmSync(dir, { recursive: true }));

function open(path = process.env["PATH"] ?? ""): IgnoreQuestions {
  const gitDir = join(dir, ".git");
  const failed = (why: string): Error => new Error(`git: ${why}`);
  return openIgnoreQuestions({ gitDir, workTree: dir, path, patience: 60_000, failed });
}

describe("git, asked which paths are ignored", () => {
  it("answers one question after the other, also of names that would be magic, and of nothing at once", async () => {
    writeFileSync(join(dir, ".gitignore"), "*.o\n!keep.o\n:(top)x\n");
    using questions = open();
    expect(await questions.ignored([])).toEqual(new Set());
    expect(await questions.ignored(["a.o", "keep.o", "a.c"])).toEqual(new Set(["a.o"]));
    expect(await questions.ignored([":(top)x", "line\nbreak.o"])).toEqual(
      new Set([":(top)x", "line\nbreak.o"]),
    );
  });

  it("fails every question once it has ended, and keeps nobody waiting", async () => {
    const bin = join(dir, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), "#!/bin/sh\necho 'no such thing' >&2\n");
    chmodSync(join(bin, "git"), 0o755);
    using questions = open(bin);
    for (let asked = 0; asked < 3; asked += 1)
      await expect(questions.ignored(["a"])).rejects.toThrow("git: no such thing");
  });

  it("fails where it answers what nobody asked", async () => {
    const bin = join(dir, "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "git"),
      "#!/bin/sh\nprintf '\\0\\0\\0./a\\0\\0\\0\\0./b\\0'\nsleep 60\n",
    );
    chmodSync(join(bin, "git"), 0o755);
    using questions = open(`${bin}:/usr/bin:/bin`);
    // The first answer may be taken for the question's; the second is nobody's.
    await questions.ignored(["a"]).catch(() => undefined);
    await expect(questions.ignored(["b"])).rejects.toThrow("it answered too much");
  });
});

/** A user's repository, a bottle's copy of it, and what an agent or a user does with git in them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach } from "vitest";
import { applyWorkspace } from "../../src/workspace/apply/apply.ts";
import type { ApplyOptions, ApplyResult } from "../../src/workspace/apply/apply.ts";
import type { WorkOptions } from "../../src/workspace/changes/work.ts";
import { cloneWorkspace } from "../../src/workspace/clone.ts";

/** The branch that a bottle of the lab comes back as. */
export const branch = "bottle/me-abc12";

export interface ApplyLab {
  /** Holds all of it; removed after each test. */
  base: string;
  repo: string;
  bottle: string;
  git(cwd: string, ...argv: string[]): string;
  write(root: string, path: string, text: string): void;
  commit(cwd: string, message: string): void;
  /** Makes the bottle's copy anew. */
  copy(): Promise<void>;
  /** Makes the record one of an older version, which says nothing of the copy. */
  forgetFacts(): void;
  /** What the lab's bottle is, for `diff`, `apply` and `rm`. */
  work(): WorkOptions;
  apply(options?: Partial<ApplyOptions>): Promise<ApplyResult>;
  /** Files of a commit in the user's repository. */
  files(ref?: string): string[];
  /** Code of apply's error, or "no error". */
  applyCode(options?: Partial<ApplyOptions>): Promise<string>;
}

/** Registers the lab with the test file that calls it; its fields are new for each test. */
export function useApplyLab(): ApplyLab {
  const lab: ApplyLab = {
    base: "",
    repo: "",
    bottle: "",
    git: (cwd, ...argv) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...argv], {
        cwd,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: lab.base, GIT_CONFIG_NOSYSTEM: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      }).trim(),
    write(root, path, text) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    commit(cwd, message) {
      lab.git(cwd, "add", "-A");
      lab.git(cwd, "commit", "-q", "-m", message);
    },
    async copy() {
      rmSync(join(lab.base, "record"), { recursive: true, force: true });
      // The record is made before the copy, and after what the owner did last, by more than the kernel's tick.
      await setTimeout(40);
      mkdirSync(join(lab.base, "record"), { mode: 0o700 });
      const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
      const facts = await cloneWorkspace({
        source: lab.repo,
        target: lab.bottle,
        owner,
        plan: { refs: "all", ignored: "none", reveal: [] },
        recordDir: join(lab.base, "record"),
        home: lab.base,
        path: process.env["PATH"] ?? "",
        now: Date.now,
      });
      writeFileSync(
        join(lab.base, "record", "workspace.json"),
        JSON.stringify({ version: 1, ...facts }),
      );
      // What the agent does comes later than the copy, by more than the kernel's tick.
      await setTimeout(20);
    },
    forgetFacts() {
      for (const name of ["workspace.json", "base.jsonl"])
        rmSync(join(lab.base, "record", name), { force: true });
    },
    work: () => ({
      id: "me-abc12",
      source: lab.repo,
      workspace: lab.bottle,
      recordDir: join(lab.base, "record"),
      path: process.env["PATH"] ?? "",
      running: false,
    }),
    apply: (options) =>
      applyWorkspace({
        ...lab.work(),
        to: undefined,
        includeDangerous: () => Promise.resolve(false),
        now: 1_700_000_000_000,
        ...options,
      }),
    files: (ref = branch) => lab.git(lab.repo, "ls-tree", "-r", "--name-only", ref).split("\n"),
    applyCode: (options) =>
      lab.apply(options).then(
        () => "no error",
        (error: unknown) => String((error as { code?: string }).code ?? error),
      ),
  };
  beforeEach(async () => {
    lab.base = mkdtempSync(join(tmpdir(), "apply-test-"));
    lab.repo = join(lab.base, "repo");
    lab.bottle = join(lab.base, "record", "workspace");
    mkdirSync(lab.repo);
    lab.git(lab.repo, "init", "-q", "-b", "main");
    lab.write(lab.repo, "kept.txt", "kept\n");
    lab.write(lab.repo, "changed.txt", "old\n");
    lab.write(lab.repo, "deleted.txt", "gone soon\n");
    lab.write(lab.repo, "sub/deep/file.txt", "deep\n");
    lab.write(lab.repo, ".gitignore", "ignored/\n*.log\n");
    lab.commit(lab.repo, "first");
    await lab.copy();
  });
  afterEach(() => rmSync(lab.base, { recursive: true, force: true, maxRetries: 5 }));
  return lab;
}

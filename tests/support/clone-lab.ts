/** A user's repository and its copy for a bottle, with git in both as their owners would run it. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { cloneWorkspace } from "../../src/workspace/clone.ts";
import type { CloneOptions } from "../../src/workspace/clone.ts";
import type { WorkspaceFacts } from "../../src/workspace/facts.ts";

export interface CloneLab {
  /** Holds all of it; removed after each test. */
  base: string;
  /** Of whoever owns the repository. */
  home: string;
  repo: string;
  copy: string;
  git(cwd: string, ...argv: string[]): string;
  write(path: string, text: string | Buffer): void;
  read(path: string): string;
  commit(message: string): string;
  clone(plan?: Partial<CloneOptions["plan"]>, signal?: AbortSignal): Promise<WorkspaceFacts>;
  /** Code and reason of the copy's error, or "no error". */
  refusal(plan?: Partial<CloneOptions["plan"]>): Promise<string>;
  /** Every object id in a repository, reachable or not. */
  objects(cwd: string): readonly string[];
  /** A script whose run leaves a file behind. */
  trap(): { readonly command: string; readonly sprung: () => boolean };
}

/** Registers the lab with the test file that calls it; its fields are new for each test. */
export function useCloneLab(): CloneLab {
  const lab: CloneLab = {
    base: "",
    home: "",
    repo: "",
    copy: "",
    git: (cwd, ...argv) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...argv], {
        cwd,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: lab.home, GIT_CONFIG_NOSYSTEM: "1" },
        stdio: ["ignore", "pipe", "pipe"],
        maxBuffer: 64 * 1024 * 1024,
      }).trimEnd(),
    write(path, text) {
      mkdirSync(dirname(join(lab.repo, path)), { recursive: true });
      writeFileSync(join(lab.repo, path), text);
    },
    read: (path) => readFileSync(join(lab.copy, path), "utf8"),
    commit(message) {
      lab.git(lab.repo, "add", "-A");
      lab.git(lab.repo, "commit", "-q", "-m", message);
      return lab.git(lab.repo, "rev-parse", "HEAD");
    },
    clone: (plan = {}, signal) => {
      rmSync(join(lab.base, "record"), { recursive: true, force: true });
      mkdirSync(join(lab.base, "record"));
      return cloneWorkspace({
        source: lab.repo,
        target: lab.copy,
        owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
        plan: { refs: "all", ignored: "none", reveal: [], ...plan },
        recordDir: join(lab.base, "record"),
        home: lab.home,
        path: process.env["PATH"] ?? "",
        now: () => Date.now(),
        ...(signal === undefined ? {} : { signal }),
      });
    },
    refusal: (plan) =>
      lab.clone(plan).then(
        () => "no error",
        (error: unknown) => {
          const { code, why } = error as { readonly code?: string; readonly why?: string };
          return `${code ?? String(error)}: ${why ?? ""}`;
        },
      ),
    objects: (cwd) =>
      lab
        .git(cwd, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        .split("\n")
        .filter((id) => id !== ""),
    trap() {
      const flag = join(lab.base, "sprung");
      const script = join(lab.base, "trap.sh");
      writeFileSync(script, `#!/bin/sh\ntouch ${flag}\ncat\n`);
      chmodSync(script, 0o755);
      return { command: script, sprung: () => existsSync(flag) };
    },
  };
  beforeEach(() => {
    lab.base = mkdtempSync(join(tmpdir(), "clone-lab-"));
    lab.home = join(lab.base, "home");
    lab.repo = join(lab.base, "repo");
    lab.copy = join(lab.base, "record", "workspace");
    for (const folder of [lab.home, lab.repo]) mkdirSync(folder);
    lab.git(lab.repo, "init", "-q", "-b", "main");
  });
  afterEach(() => rmSync(lab.base, { recursive: true, force: true }));
  return lab;
}

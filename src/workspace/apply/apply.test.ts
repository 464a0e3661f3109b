import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cloneWorkspace } from "../clone.ts";
import { applyWorkspace } from "./apply.ts";
import type { ApplyResult } from "./apply.ts";

let base: string;
let repo: string;
let bottle: string;
const branch = "bottle/me-abc12";

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "apply-test-"));
  repo = join(base, "repo");
  bottle = join(base, "record", "workspace");
  mkdirSync(repo);
  git(repo, "init", "-q", "-b", "main");
  write(repo, "kept.txt", "kept\n");
  write(repo, "changed.txt", "old\n");
  write(repo, "deleted.txt", "gone soon\n");
  write(repo, "sub/deep/file.txt", "deep\n");
  write(repo, ".gitignore", "ignored/\n*.log\n");
  commit(repo, "first");
  await cloneWorkspace({ source: repo, target: bottle, owner: { uid: 0, gid: 0 } });
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** git as an agent or a user runs it; only ever in folders that this test wrote. */
function git(cwd: string, ...argv: string[]): string {
  return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...argv], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: base, GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function write(root: string, path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

function commit(cwd: string, message: string): void {
  git(cwd, "add", "-A");
  git(cwd, "commit", "-q", "-m", message);
}

function apply(): Promise<ApplyResult> {
  return applyWorkspace({
    id: "me-abc12",
    repo,
    workspace: bottle,
    scratch: join(base, "record"),
    path: process.env["PATH"] ?? "",
    now: 1_700_000_000_000,
  });
}

function files(ref = branch): string[] {
  return git(repo, "ls-tree", "-r", "--name-only", ref).split("\n");
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => "no error",
    (error: unknown) => String((error as { code?: string }).code ?? error),
  );
}

describe("apply brings back", () => {
  it("commits as the branch bottle/<id>, and leaves the user's branch and files as they are", async () => {
    write(bottle, "new.txt", "new\n");
    commit(bottle, "second");
    write(bottle, "newer.txt", "newer\n");
    commit(bottle, "third");
    const before = git(repo, "rev-parse", "HEAD");
    const result = await apply();
    expect(result).toMatchObject({
      branch,
      commits: 2,
      looseFiles: 0,
      skipped: [],
      otherBranches: [],
    });
    expect(git(repo, "log", "--format=%s", branch).split("\n")).toEqual([
      "third",
      "second",
      "first",
    ]);
    expect(git(repo, "rev-parse", "HEAD")).toBe(before);
    expect(git(repo, "status", "--porcelain")).toBe("");
    expect(existsSync(join(repo, "new.txt"))).toBe(false);
  });

  it("changed, new, executable, linked and deleted files that were never committed", async () => {
    write(bottle, "changed.txt", "new\n");
    write(bottle, 'a folder/näme "quoted"\nand broken.txt', "odd\n");
    write(bottle, "run.sh", "#!/bin/sh\n");
    chmodSync(join(bottle, "run.sh"), 0o755);
    symlinkSync("/etc/passwd", join(bottle, "link"));
    rmSync(join(bottle, "deleted.txt"));
    const result = await apply();
    expect(result).toMatchObject({ branch, commits: 1, looseFiles: 5 });
    const tree = git(repo, "ls-tree", "-r", "-z", branch)
      .split("\0")
      .map((line) => line.replace(/ [0-9a-f]+\t/, " "));
    expect(tree).toContain("120000 blob link");
    expect(tree).toContain("100755 blob run.sh");
    expect(tree).toContain('100644 blob a folder/näme "quoted"\nand broken.txt');
    expect(git(repo, "show", `${branch}:changed.txt`)).toBe("new");
    expect(git(repo, "show", `${branch}:link`)).toBe("/etc/passwd");
    expect(files()).not.toContain("deleted.txt");
    expect(git(repo, "log", "-1", "--format=%an", branch)).toBe("claude-bottle");
  });

  it("a file where a folder was, and a folder where a file was", async () => {
    rmSync(join(bottle, "sub"), { recursive: true });
    write(bottle, "sub", "a file now\n");
    rmSync(join(bottle, "changed.txt"));
    write(bottle, "changed.txt/inside", "a folder now\n");
    await apply();
    expect(files()).toEqual([".gitignore", "changed.txt/inside", "deleted.txt", "kept.txt", "sub"]);
  });

  it("no ignored file, but tracked ones although they are ignored", async () => {
    write(bottle, "ignored/big.bin", "x");
    write(bottle, "sub/trace.log", "x");
    write(bottle, "sub/.gitignore", "!keep.log\nlocal\n");
    write(bottle, "sub/keep.log", "x");
    write(bottle, "sub/local", "x");
    write(bottle, "ignored/tracked.txt", "1");
    git(bottle, "add", "-f", "ignored/tracked.txt");
    git(bottle, "commit", "-q", "-m", "forced");
    write(bottle, "ignored/tracked.txt", "2");
    await apply();
    expect(files().filter((file) => /ignored|sub|local/.test(file))).toEqual(
      [
        ".gitignore",
        "ignored/tracked.txt",
        "sub/.gitignore",
        "sub/deep/file.txt",
        "sub/keep.log",
      ].slice(1),
    );
    expect(git(repo, "show", `${branch}:ignored/tracked.txt`)).toBe("2");
  });

  it("commits from packs as well as loose ones", async () => {
    write(bottle, "new.txt", "new\n");
    commit(bottle, "second");
    git(bottle, "gc", "-q");
    git(bottle, "pack-refs", "--all");
    expect((await apply()).commits).toBe(1);
    expect(files()).toContain("new.txt");
  });

  it("the first commit of a repository that had none", async () => {
    rmSync(repo, { recursive: true });
    rmSync(bottle, { recursive: true });
    mkdirSync(repo);
    git(repo, "init", "-q", "-b", "main");
    await cloneWorkspace({ source: repo, target: bottle, owner: { uid: 0, gid: 0 } });
    write(bottle, "only.txt", "x");
    expect(await apply()).toMatchObject({ branch, commits: 1 });
    expect(files()).toEqual(["only.txt"]);
  });

  it("work on a detached HEAD, and names the branches that stay behind", async () => {
    git(bottle, "checkout", "-q", "-b", "side");
    write(bottle, "side.txt", "x");
    commit(bottle, "on the side");
    git(bottle, "checkout", "-q", "--detach", "main");
    write(bottle, "detached.txt", "x");
    commit(bottle, "detached");
    expect(await apply()).toMatchObject({ branch, commits: 1, otherBranches: ["side"] });
    expect(files()).toContain("detached.txt");
  });

  it("nothing, and makes no branch, if nothing was done", async () => {
    expect(await apply()).toMatchObject({ branch: undefined, commits: 0, looseFiles: 0 });
    expect(git(repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("changes into a shallow clone", async () => {
    write(repo, "more.txt", "x");
    commit(repo, "more");
    git(base, "clone", "-q", "--depth=1", `file://${repo}`, "shallow");
    rmSync(bottle, { recursive: true });
    repo = join(base, "shallow");
    await cloneWorkspace({ source: repo, target: bottle, owner: { uid: 0, gid: 0 } });
    write(bottle, "new.txt", "x");
    commit(bottle, "in the shallow");
    expect((await apply()).commits).toBe(1);
  });

  it("changes of a SHA-256 repository", async () => {
    rmSync(repo, { recursive: true });
    rmSync(bottle, { recursive: true });
    mkdirSync(repo);
    git(repo, "init", "-q", "--object-format=sha256");
    write(repo, "a", "a");
    commit(repo, "a");
    await cloneWorkspace({ source: repo, target: bottle, owner: { uid: 0, gid: 0 } });
    write(bottle, "b", "b");
    commit(bottle, "b");
    write(bottle, "c", "c");
    expect((await apply()).commits).toBe(2);
  });

  it("everything only once: an existing branch is never overwritten", async () => {
    write(bottle, "new.txt", "x");
    await apply();
    expect(await codeOf(apply())).toBe("E_APPLY_BRANCH");
  });

  it("nothing from a folder that is no repository, and says where the copy is", async () => {
    rmSync(join(repo, ".git"), { recursive: true });
    expect(await codeOf(apply())).toBe("E_APPLY_NOT_GIT");
  });

  it("no trace of itself beside the record", async () => {
    write(bottle, "new.txt", "x");
    await apply();
    expect(readdirSync(join(base, "record"))).toEqual(["workspace"]);
  });
});

describe("apply runs nothing that a bottle wrote:", () => {
  /** A script whose run leaves a file behind. */
  function trap(): { command: string; sprung: () => boolean } {
    const flag = join(base, "sprung");
    const script = join(base, "trap.sh");
    writeFileSync(script, `#!/bin/sh\ntouch ${flag}\ncat\n`);
    chmodSync(script, 0o755);
    return { command: script, sprung: () => existsSync(flag) };
  }

  const configs: readonly (readonly [string, (command: string) => string])[] = [
    ["core.fsmonitor", (c) => `[core]\n\tfsmonitor = ${c}\n`],
    ["core.hooksPath", (c) => `[core]\n\thooksPath = ${join(c, "..", "hooks")}\n`],
    ["core.sshCommand", (c) => `[core]\n\tsshCommand = ${c}\n`],
    [
      "core.pager and aliases",
      (c) => `[core]\n\tpager = ${c}\n[alias]\n\tls-tree = !${c}\n\tfast-import = !${c}\n`,
    ],
    [
      "filter.*.clean and .process",
      (c) => `[filter "x"]\n\tclean = ${c}\n\tsmudge = ${c}\n\tprocess = ${c}\n\trequired = true\n`,
    ],
    [
      "diff.external and textconv",
      (c) => `[diff]\n\texternal = ${c}\n[diff "x"]\n\ttextconv = ${c}\n\tcommand = ${c}\n`,
    ],
    ["uploadpack.packObjectsHook", (c) => `[uploadpack]\n\tpackObjectsHook = ${c}\n`],
    ["core.worktree", () => `[core]\n\tworktree = /\n`],
    ["include.path", (c) => `[include]\n\tpath = ${join(c, "..", "evil.config")}\n`],
    [
      "credential.helper and core.askPass",
      (c) => `[credential]\n\thelper = !${c}\n[core]\n\taskPass = ${c}\n`,
    ],
  ];

  it.each(configs)("not by %s", async (_name, config) => {
    const { command, sprung } = trap();
    mkdirSync(join(base, "hooks"));
    for (const hook of [
      "reference-transaction",
      "post-index-change",
      "post-commit",
      "pre-auto-gc",
      "fsmonitor-watchman",
      "post-checkout",
    ]) {
      symlinkSync(command, join(base, "hooks", hook));
      mkdirSync(join(bottle, ".git", "hooks"), { recursive: true });
      rmSync(join(bottle, ".git", "hooks", hook), { force: true });
      symlinkSync(command, join(bottle, ".git", "hooks", hook));
    }
    writeFileSync(join(base, "evil.config"), `[core]\n\tfsmonitor = ${command}\n`);
    write(bottle, ".gitattributes", "* filter=x diff=x\n");
    write(bottle, "loose.txt", "loose\n");
    appendFileSync(join(bottle, ".git", "config"), config(command));
    expect((await apply()).branch).toBe(branch);
    expect(git(repo, "show", `${branch}:loose.txt`)).toBe("loose");
    expect(sprung()).toBe(false);
  });

  it("not even the trap that plain git springs (so that the tests above can fail)", () => {
    const { command, sprung } = trap();
    appendFileSync(join(bottle, ".git", "config"), `[core]\n\tfsmonitor = ${command}\n`);
    git(bottle, "status");
    expect(sprung()).toBe(true);
  });
});

describe("apply is not led out of the bottle", () => {
  let secret: string;
  beforeEach(() => {
    secret = join(base, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "key"), "host secret\n");
  });

  it("by a folder that became a link", async () => {
    rmSync(join(bottle, "sub"), { recursive: true });
    symlinkSync(secret, join(bottle, "sub"));
    await apply();
    expect(git(repo, "ls-tree", branch, "sub")).toMatch(/^120000 /);
    expect(files()).not.toContain("sub/key");
  });

  it("by a linked .gitignore", async () => {
    writeFileSync(join(secret, "key"), "new.txt\n");
    rmSync(join(bottle, ".gitignore"));
    symlinkSync(join(secret, "key"), join(bottle, ".gitignore"));
    write(bottle, "new.txt", "x");
    await apply();
    expect(files()).toContain("new.txt");
  });

  it.each([".git", ".git/refs", ".git/objects", ".git/HEAD"])("by a linked %s", async (path) => {
    write(bottle, "new.txt", "x");
    commit(bottle, "second");
    renameSync(join(bottle, path), join(secret, "moved"));
    symlinkSync(join(secret, "moved"), join(bottle, path));
    expect(await codeOf(apply())).toMatch(/^(E_APPLY_DAMAGED|no error)$/);
    // With its refs gone the bottle has no commit; its loose files are all that came.
    if (path === ".git/refs") expect(git(repo, "rev-list", "--count", branch)).toBe("1");
    else expect(git(repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("by alternates, commondir or a .git file", async () => {
    const other = join(base, "other");
    mkdirSync(other);
    git(other, "init", "-q");
    write(other, "private.txt", "private");
    commit(other, "private");
    const id = git(other, "rev-parse", "HEAD");
    writeFileSync(
      join(bottle, ".git", "objects", "info", "alternates"),
      `${join(other, ".git", "objects")}\n`,
    );
    writeFileSync(join(bottle, ".git", "commondir"), `${join(other, ".git")}\n`);
    writeFileSync(join(bottle, ".git", "HEAD"), `${id}\n`);
    expect(await codeOf(apply())).toBe("E_APPLY_GIT");
    rmSync(join(bottle, ".git"), { recursive: true });
    writeFileSync(join(bottle, ".git"), `gitdir: ${join(other, ".git")}\n`);
    expect(await codeOf(apply())).toBe("E_APPLY_DAMAGED");
  });

  it("by a ref that climbs", async () => {
    for (const head of [
      "ref: refs/heads/../../../../secret/key\n",
      "ref: /etc/passwd\n",
      "ref: refs/remotes/x\n",
      "",
      "\0",
      "deadbeef\n",
    ]) {
      writeFileSync(join(bottle, ".git", "HEAD"), head);
      expect(await codeOf(apply())).toBe("E_APPLY_DAMAGED");
    }
  });

  it("by a FIFO where a file is expected: it does not wait, and names it", async () => {
    execFileSync("mkfifo", [join(bottle, "pipe")]);
    rmSync(join(bottle, "changed.txt"));
    execFileSync("mkfifo", [join(bottle, "changed.txt")]);
    rmSync(join(bottle, ".gitignore"));
    execFileSync("mkfifo", [join(bottle, ".gitignore")]);
    const { skipped } = await apply();
    expect(skipped.map(({ path }) => path).toSorted()).toEqual([
      ".gitignore",
      "changed.txt",
      "pipe",
    ]);
    rmSync(join(bottle, ".git", "HEAD"));
    execFileSync("mkfifo", [join(bottle, ".git", "HEAD")]);
    git(repo, "branch", "-m", branch, "other");
    expect(await codeOf(apply())).toBe("E_APPLY_DAMAGED");
  });

  it("by replace refs and grafts", async () => {
    write(bottle, "honest.txt", "x");
    commit(bottle, "honest");
    const honest = git(bottle, "rev-parse", "HEAD");
    write(bottle, "evil.txt", "x");
    commit(bottle, "evil");
    git(bottle, "replace", honest, "HEAD");
    git(bottle, "reset", "-q", "--hard", honest);
    writeFileSync(join(bottle, ".git", "info", "grafts"), `${honest}\n`);
    await apply();
    // With the replacement, plain git had checked the evil tree out; here that is a loose file, and the commit is what it was.
    expect(git(repo, "log", "--format=%s", branch)).toBe(
      "Loose files of bottle me-abc12\nhonest\nfirst",
    );
    expect(files(`${branch}~1`)).toContain("honest.txt");
    expect(files(`${branch}~1`)).not.toContain("evil.txt");
    expect(git(repo, "for-each-ref", "refs/replace")).toBe("");
  });
});

describe("apply refuses", () => {
  it.each([".git", ".GIT", ".Git ", "git~1", ".g\u200cit", ".git.", ".git::$INDEX_ALLOCATION"])(
    "a folder named %j, which may become git's own",
    async (name) => {
      mkdirSync(join(bottle, "sub", name), { recursive: true });
      write(bottle, `sub/${name}/config`, "[core]\n\tfsmonitor = evil\n");
      write(bottle, "fine.txt", "x");
      const { skipped } = await apply();
      expect(skipped.map(({ path }) => path)).toContain(`sub/${name}`);
      expect(files()).toContain("fine.txt");
      expect(files().some((file) => file.includes("config"))).toBe(false);
    },
  );

  it.each([".git", ".GIT", "..", "."])("a committed tree with an entry named %j", async (name) => {
    const blob = git(bottle, "hash-object", "-w", "kept.txt");
    const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, "hex")]);
    writeFileSync(join(base, "tree"), entry);
    const tree = git(bottle, "hash-object", "-w", "-t", "tree", "--literally", join(base, "tree"));
    const id = git(bottle, "commit-tree", "-m", "evil", "-p", "HEAD", tree);
    writeFileSync(join(bottle, ".git", "refs", "heads", "main"), `${id}\n`);
    expect(await codeOf(apply())).toBe("E_APPLY_GIT");
    expect(git(repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("a .gitmodules whose address is an option", async () => {
    write(bottle, ".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=evil\n');
    commit(bottle, "evil");
    expect(await codeOf(apply())).toBe("E_APPLY_GIT");
  });

  it("the same .gitmodules as a loose file", async () => {
    write(bottle, ".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=evil\n');
    expect(await codeOf(apply())).toBe("E_APPLY_GIT");
  });

  it("an object that is not what its name says, and a pack that is none", async () => {
    write(bottle, "new.txt", "x");
    commit(bottle, "second");
    const id = git(bottle, "rev-parse", "HEAD");
    const file = join(bottle, ".git", "objects", id.slice(0, 2), id.slice(2));
    const honest = readFileSync(file);
    chmodSync(file, 0o644);
    for (const content of [Buffer.from("garbage"), Buffer.alloc(0)]) {
      writeFileSync(file, content);
      expect(await codeOf(apply())).toBe("E_APPLY_DAMAGED");
    }
    writeFileSync(file, honest);
    writeFileSync(
      join(bottle, ".git", "objects", "pack", `pack-${"0".repeat(40)}.pack`),
      "PACKgarbage",
    );
    expect(await codeOf(apply())).toBe("E_APPLY_GIT");
    expect(git(repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("a HEAD whose commits are missing", async () => {
    writeFileSync(join(bottle, ".git", "refs", "heads", "main"), `${"1".repeat(40)}\n`);
    expect(await codeOf(apply())).toBe("E_APPLY_GIT");
  });

  it("packed refs with odd lines, which are passed over", async () => {
    write(bottle, "new.txt", "x");
    commit(bottle, "second");
    const id = git(bottle, "rev-parse", "HEAD");
    writeFileSync(
      join(bottle, ".git", "packed-refs"),
      `# pack-refs with: evil\n${id} refs/heads/../../evil\n${id} refs/heads/a b\n^${id}\n\0\n${id} refs/heads/.hidden\n${id} refs/heads/x.lock\n`,
    );
    const { otherBranches } = await apply();
    expect(otherBranches).toEqual([]);
  });

  it("a repository inside of the repository, and names it", async () => {
    mkdirSync(join(bottle, "nested"));
    git(join(bottle, "nested"), "init", "-q");
    write(bottle, "nested/file.txt", "x");
    commit(join(bottle, "nested"), "x");
    const { skipped, branch: made } = await apply();
    expect(skipped).toEqual([{ path: "nested", reason: "it is a repository of its own" }]);
    expect(made).toBeUndefined();
  });
});

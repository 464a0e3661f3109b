import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";
import { nameOf } from "../names.ts";

const lab = useApplyLab();
const yes = (): Promise<boolean> => Promise.resolve(true);

describe("apply is not led out of the bottle", () => {
  let secret: string;
  beforeEach(() => {
    secret = join(lab.base, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "key"), "host secret\n");
  });

  it("by a folder that became a link", async () => {
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    symlinkSync(secret, join(lab.bottle, "sub"));
    await lab.apply({ includeDangerous: yes });
    expect(lab.git(lab.repo, "ls-tree", branch, "sub")).toMatch(/^120000 /);
    expect(lab.files()).not.toContain("sub/key");
  });

  it("by a linked .gitignore", async () => {
    writeFileSync(join(secret, "key"), "new.txt\n");
    rmSync(join(lab.bottle, ".gitignore"));
    symlinkSync(join(secret, "key"), join(lab.bottle, ".gitignore"));
    lab.write(lab.bottle, "new.txt", "x");
    await lab.apply();
    expect(lab.files()).toContain("new.txt");
  });

  it.each([".git", ".git/refs", ".git/objects", ".git/HEAD"])("by a linked %s", async (path) => {
    lab.write(lab.bottle, "new.txt", "x");
    lab.commit(lab.bottle, "second");
    if (path === ".git/refs") rmSync(join(lab.bottle, ".git/packed-refs"));
    renameSync(join(lab.bottle, path), join(secret, "moved"));
    symlinkSync(join(secret, "moved"), join(lab.bottle, path));
    expect(await lab.applyCode()).toMatch(/^(E_APPLY_DAMAGED|no error)$/);
    // With its refs gone the lab.bottle has no commit; its loose files are all that came.
    if (path === ".git/refs") expect(lab.git(lab.repo, "rev-list", "--count", branch)).toBe("1");
    else expect(lab.git(lab.repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("by alternates, commondir or a .git file", async () => {
    const other = join(lab.base, "other");
    mkdirSync(other);
    lab.git(other, "init", "-q");
    lab.write(other, "private.txt", "private");
    lab.commit(other, "private");
    const id = lab.git(other, "rev-parse", "HEAD");
    writeFileSync(
      join(lab.bottle, ".git", "objects", "info", "alternates"),
      `${join(other, ".git", "objects")}\n`,
    );
    writeFileSync(join(lab.bottle, ".git", "commondir"), `${join(other, ".git")}\n`);
    writeFileSync(join(lab.bottle, ".git", "HEAD"), `${id}\n`);
    expect(await lab.applyCode()).toBe("E_APPLY_GIT");
    rmSync(join(lab.bottle, ".git"), { recursive: true });
    writeFileSync(join(lab.bottle, ".git"), `gitdir: ${join(other, ".git")}\n`);
    expect(await lab.applyCode()).toBe("E_APPLY_DAMAGED");
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
      writeFileSync(join(lab.bottle, ".git", "HEAD"), head);
      expect(await lab.applyCode()).toBe("E_APPLY_DAMAGED");
    }
  });

  it("by a FIFO where a file is expected: it does not wait, and names it", async () => {
    execFileSync("mkfifo", [join(lab.bottle, "pipe")]);
    rmSync(join(lab.bottle, "changed.txt"));
    execFileSync("mkfifo", [join(lab.bottle, "changed.txt")]);
    rmSync(join(lab.bottle, ".gitignore"));
    execFileSync("mkfifo", [join(lab.bottle, ".gitignore")]);
    lab.write(lab.bottle, "fine.txt", "x");
    const { skipped } = await lab.apply();
    expect(lab.files()).toEqual([
      ".gitignore",
      "changed.txt",
      "deleted.txt",
      "fine.txt",
      "kept.txt",
      "sub/deep/file.txt",
    ]);
    expect(skipped.map(({ path }) => path).toSorted()).toEqual([
      ".gitignore",
      "changed.txt",
      "pipe",
    ]);
    rmSync(join(lab.bottle, ".git", "HEAD"));
    execFileSync("mkfifo", [join(lab.bottle, ".git", "HEAD")]);
    lab.git(lab.repo, "branch", "-m", branch, "other");
    expect(await lab.applyCode()).toBe("E_APPLY_DAMAGED");
  });

  it("by replace refs and grafts", async () => {
    lab.write(lab.bottle, "honest.txt", "x");
    lab.commit(lab.bottle, "honest");
    const honest = lab.git(lab.bottle, "rev-parse", "HEAD");
    lab.write(lab.bottle, "evil.txt", "x");
    lab.commit(lab.bottle, "evil");
    lab.git(lab.bottle, "replace", honest, "HEAD");
    lab.git(lab.bottle, "reset", "-q", "--hard", honest);
    writeFileSync(join(lab.bottle, ".git", "info", "grafts"), `${honest}\n`);
    await lab.apply();
    // With the replacement, plain git had checked the evil tree out; here that is a loose file, and the commit is what it was.
    expect(lab.git(lab.repo, "log", "--format=%s", branch)).toBe(
      "Loose files of bottle me-abc12\nhonest\nfirst",
    );
    expect(lab.files(`${branch}~1`)).toContain("honest.txt");
    expect(lab.files(`${branch}~1`)).not.toContain("evil.txt");
    expect(lab.git(lab.repo, "for-each-ref", "refs/replace")).toBe("");
  });
});

describe("apply refuses", () => {
  it.each([".git", ".GIT", ".Git ", "git~1", ".g\u200cit", ".git.", ".git::$INDEX_ALLOCATION"])(
    "a folder named %j, which may become git's own",
    async (name) => {
      mkdirSync(join(lab.bottle, "sub", name), { recursive: true });
      lab.write(lab.bottle, `sub/${name}/config`, "[core]\n\tfsmonitor = evil\n");
      lab.write(lab.bottle, "fine.txt", "x");
      const { skipped } = await lab.apply();
      expect(skipped.map(({ path }) => path)).toContain(nameOf(`sub/${name}`));
      expect(lab.files()).toContain("fine.txt");
      expect(lab.files().some((file) => file.includes("config"))).toBe(false);
    },
  );

  it.each([".git", ".GIT", "..", "."])("a committed tree with an entry named %j", async (name) => {
    const blob = lab.git(lab.bottle, "hash-object", "-w", "kept.txt");
    const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, "hex")]);
    writeFileSync(join(lab.base, "tree"), entry);
    const tree = lab.git(
      lab.bottle,
      "hash-object",
      "-w",
      "-t",
      "tree",
      "--literally",
      join(lab.base, "tree"),
    );
    const id = lab.git(lab.bottle, "commit-tree", "-m", "evil", "-p", "HEAD", tree);
    writeFileSync(join(lab.bottle, ".git", "refs", "heads", "main"), `${id}\n`);
    expect(await lab.applyCode()).toBe("E_APPLY_GIT");
    expect(lab.git(lab.repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("a .gitmodules whose address is an option", async () => {
    lab.write(
      lab.bottle,
      ".gitmodules",
      '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=evil\n',
    );
    lab.commit(lab.bottle, "evil");
    expect(await lab.applyCode()).toBe("E_APPLY_GIT");
  });

  it("the same .gitmodules as a loose file", async () => {
    lab.write(
      lab.bottle,
      ".gitmodules",
      '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=evil\n',
    );
    expect(await lab.applyCode({ includeDangerous: yes })).toBe("E_APPLY_GIT");
  });

  it("an object that is not what its name says, and a pack that is none", async () => {
    lab.write(lab.bottle, "new.txt", "x");
    lab.commit(lab.bottle, "second");
    const id = lab.git(lab.bottle, "rev-parse", "HEAD");
    const file = join(lab.bottle, ".git", "objects", id.slice(0, 2), id.slice(2));
    const honest = readFileSync(file);
    chmodSync(file, 0o644);
    for (const content of [Buffer.from("garbage"), Buffer.alloc(0)]) {
      writeFileSync(file, content);
      expect(await lab.applyCode()).toBe("E_APPLY_DAMAGED");
    }
    writeFileSync(file, honest);
    writeFileSync(
      join(lab.bottle, ".git", "objects", "pack", `pack-${"0".repeat(40)}.pack`),
      "PACKgarbage",
    );
    expect(await lab.applyCode()).toBe("E_APPLY_GIT");
    expect(lab.git(lab.repo, "branch", "--list", "bottle/*")).toBe("");
  });

  it("a HEAD whose commits are missing", async () => {
    writeFileSync(join(lab.bottle, ".git", "refs", "heads", "main"), `${"1".repeat(40)}\n`);
    expect(await lab.applyCode()).toBe("E_APPLY_GIT");
  });

  it("packed refs with odd lines, which are passed over", async () => {
    lab.write(lab.bottle, "new.txt", "x");
    lab.commit(lab.bottle, "second");
    const id = lab.git(lab.bottle, "rev-parse", "HEAD");
    writeFileSync(
      join(lab.bottle, ".git", "packed-refs"),
      `# pack-refs with: evil\n${id} refs/heads/../../evil\n${id} refs/heads/a b\n^${id}\n\0\n${id} refs/heads/.hidden\n${id} refs/heads/x.lock\n`,
    );
    const { otherBranches } = await lab.apply();
    expect(otherBranches).toEqual([]);
  });

  it("a repository inside of the repository, and names it", async () => {
    mkdirSync(join(lab.bottle, "nested"));
    lab.git(join(lab.bottle, "nested"), "init", "-q");
    lab.write(lab.bottle, "nested/file.txt", "x");
    lab.commit(join(lab.bottle, "nested"), "x");
    const { skipped, branch: made } = await lab.apply();
    expect(skipped).toMatchObject([
      { path: "nested", reason: "it is a repository of its own; what changed in it stays behind" },
    ]);
    expect(made).toBeUndefined();
  });
});

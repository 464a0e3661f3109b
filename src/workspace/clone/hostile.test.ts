import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";
import { lacksProgram, need } from "../../../tests/support/require.ts";

const lab = useCloneLab();
let owners: string;

/** Another repository of the owner's, whose content must not come along. */
beforeEach(() => {
  owners = join(lab.base, "private");
  lab.git(lab.base, "init", "-q", "-b", "main", owners);
  writeFileSync(join(owners, "key.txt"), "the owner's key\n");
  lab.git(owners, "add", "-A");
  lab.git(owners, "commit", "-qm", "private");
  lab.write("a.txt", "a\n");
  lab.commit("first");
});

function expectNothingPrivate(): void {
  const inside = existsSync(join(lab.copy, ".git")) ? lab.objects(lab.copy) : [];
  for (const id of lab.objects(owners)) expect(inside).not.toContain(id);
}

describe("a hostile clone does not lead to another repository", () => {
  const pointers: readonly (readonly [string, (git: string) => void])[] = [
    [
      "a .git file",
      (git) => {
        rmSync(git, { recursive: true });
        writeFileSync(git, `gitdir: ${owners}/.git\n`);
      },
    ],
    [
      "a linked .git",
      (git) => {
        rmSync(git, { recursive: true });
        symlinkSync(join(owners, ".git"), git);
      },
    ],
    [
      "a .git file of a bare one",
      (git) => {
        lab.git(lab.base, "clone", "-q", "--bare", owners, "bare");
        rmSync(git, { recursive: true });
        writeFileSync(git, "gitdir: ../bare\n");
      },
    ],
    ["commondir", (git) => writeFileSync(join(git, "commondir"), `${owners}/.git\n`)],
    [
      "a made-up worktree",
      (git) => {
        rmSync(git, { recursive: true });
        const made = join(lab.repo, "made");
        mkdirSync(made);
        writeFileSync(join(made, "commondir"), `${owners}/.git\n`);
        writeFileSync(join(made, "gitdir"), `${git}\n`);
        writeFileSync(join(made, "HEAD"), "ref: refs/heads/main\n");
        writeFileSync(git, "gitdir: made\n");
      },
    ],
    [
      "linked refs",
      (git) => {
        rmSync(join(git, "refs"), { recursive: true });
        symlinkSync(join(owners, ".git/refs"), join(git, "refs"));
      },
    ],
    [
      "linked objects",
      (git) => {
        rmSync(join(git, "objects"), { recursive: true });
        symlinkSync(join(owners, ".git/objects"), join(git, "objects"));
      },
    ],
    [
      "a linked config",
      (git) => {
        rmSync(join(git, "config"));
        symlinkSync(join(owners, ".git/config"), join(git, "config"));
      },
    ],
  ];
  it.each(pointers)("by %s", async (_name, plant) => {
    plant(join(lab.repo, ".git"));
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_GIT/);
    expect(readdirSync(lab.copy)).toEqual([]);
  });

  const links: readonly (readonly [string, (git: string) => void])[] = [
    [
      "a linked branch and borrowed objects",
      (git) => {
        writeFileSync(join(git, "objects/info/alternates"), `${owners}/.git/objects\n`);
        symlinkSync(join(owners, ".git/refs/heads/main"), join(git, "refs/heads/theirs"));
      },
    ],
    [
      "a linked folder of branches and borrowed objects",
      (git) => {
        writeFileSync(join(git, "objects/info/alternates"), `${owners}/.git/objects\n`);
        symlinkSync(join(owners, ".git/refs/heads"), join(git, "refs/heads/theirs"));
      },
    ],
    [
      "linked packed refs and borrowed objects",
      (git) => {
        lab.git(owners, "pack-refs", "--all");
        writeFileSync(join(git, "objects/info/alternates"), `${owners}/.git/objects\n`);
        symlinkSync(join(owners, ".git/packed-refs"), join(git, "packed-refs"));
      },
    ],
    [
      "a symbolic ref that climbs",
      (git) =>
        writeFileSync(
          join(git, "refs/heads/up"),
          "ref: refs/../../../private/.git/refs/heads/main\n",
        ),
    ],
    [
      "names of refs that climb",
      (git) => {
        const head = lab.git(lab.repo, "rev-parse", "HEAD");
        writeFileSync(
          join(git, "packed-refs"),
          `${head} refs/heads/../../../escaped\n${head} refs/heads/../x\n`,
        );
      },
    ],
    [
      "a linked MERGE_HEAD and excludes",
      (git) => {
        symlinkSync(join(owners, "key.txt"), join(git, "MERGE_MSG"));
        rmSync(join(git, "info"), { recursive: true, force: true });
        mkdirSync(join(git, "info"));
        symlinkSync(join(owners, "key.txt"), join(git, "info/exclude"));
      },
    ],
  ];
  it.each(links)("by %s", async (_name, plant) => {
    plant(join(lab.repo, ".git"));
    await lab.clone();
    expectNothingPrivate();
    expect(lab.git(lab.copy, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
    expect(existsSync(join(lab.base, "escaped"))).toBe(false);
    expect(() => execFileSync("grep", ["-rq", "owner's key", lab.copy])).toThrow();
  });

  it("by a HEAD that names another file", async () => {
    writeFileSync(join(lab.repo, ".git/HEAD"), "ref: refs/../../../private/.git/HEAD\n");
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_GIT: Its HEAD/);
  });

  it("by a .git further down, whose files are copied as plain ones", async () => {
    lab.write("deep/down/file.txt", "plain\n");
    lab.write("deep/down/.git", `gitdir: ${owners}/.git\n`);
    const facts = await lab.clone();
    expect(facts.skipped).toHaveLength(1);
    expect(facts.skipped[0]).toMatch(/^deep\/down\/\.git \(Its \.git points to/);
    expect(lab.read("deep/down/file.txt")).toBe("plain\n");
    expect(existsSync(join(lab.copy, "deep/down/.git"))).toBe(false);
    expectNothingPrivate();
  });
});

describe("a hostile clone does not hold up the copy", () => {
  it.each(["HEAD", "config", "packed-refs", "index", "shallow", "info/exclude", "MERGE_HEAD"])(
    "by a FIFO in place of %s",
    async (name) => {
      rmSync(join(lab.repo, ".git", name), { force: true });
      mkdirSync(join(lab.repo, ".git/info"), { recursive: true });
      execFileSync("mkfifo", [join(lab.repo, ".git", name)]);
      expect(await lab.refusal()).toMatch(/^(E_WORKSPACE_GIT|no error)/);
    },
  );

  it.each(["objects/info/alternates", "the commit's object"])(
    "by a FIFO in place of %s",
    async (name) => {
      const head = lab.git(lab.repo, "rev-parse", "HEAD");
      const path =
        name === "the commit's object" ? `objects/${head.slice(0, 2)}/${head.slice(2)}` : name;
      rmSync(join(lab.repo, ".git", path), { force: true });
      execFileSync("mkfifo", [join(lab.repo, ".git", path)]);
      expect(await lab.refusal()).toMatch(
        /^E_WORKSPACE_GIT: Among its objects, .* is no plain file/,
      );
      expect(readdirSync(lab.copy)).toEqual([]);
    },
  );

  it("by FIFOs, devices and links among the files, .gitignore among them", async (context) => {
    need(context, lacksProgram("mknod"));
    mkdirSync(join(lab.repo, "odd/deeper"), { recursive: true });
    for (const name of [".gitignore", "odd/.gitignore", "odd/deeper/pipe", ".env"])
      execFileSync("mkfifo", [join(lab.repo, name)]);
    symlinkSync("/dev/zero", join(lab.repo, "zero"));
    symlinkSync(join(owners, "key.txt"), join(lab.repo, "odd/deeper/.gitignore"));
    lab.write("odd/new.txt", "new\n");
    const facts = await lab.clone();
    expect(facts.skipped.toSorted()).toEqual([
      ".env",
      ".gitignore",
      "odd/.gitignore",
      "odd/deeper/pipe",
    ]);
    expect(readlinkSync(join(lab.copy, "zero"))).toBe("/dev/zero");
    expect(lab.read("odd/new.txt")).toBe("new\n");
  });

  it("by an index, refs and objects that are none", async () => {
    writeFileSync(
      join(lab.repo, ".git/index"),
      Buffer.concat([
        Buffer.from("DIRC\x00\x00\x00\x02\xff\xff\xff\xff", "latin1"),
        Buffer.alloc(64),
      ]),
    );
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_GIT: Its index/);
    rmSync(join(lab.repo, ".git/index"));
    writeFileSync(join(lab.repo, ".git/refs/heads/broken"), "nonsense\n");
    expect((await lab.clone()).dropped).toEqual(["refs/heads/broken (unreadable)"]);
    writeFileSync(join(lab.repo, ".git/refs/heads/missing"), `${"1".repeat(40)}\n`);
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_GIT: git could not read its history/);
    expect(readdirSync(lab.copy)).toEqual([]);
  });
});

import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";
import { lacksProgram, need } from "../../../tests/support/require.ts";

const lab = useCloneLab();
let private_: string;

/** Another repository of the owner's, whose content must not come along. */
beforeEach(() => {
  private_ = join(lab.base, "private");
  lab.git(lab.base, "init", "-q", "-b", "main", private_);
  writeFileSync(join(private_, "key.txt"), "the owner's key\n");
  lab.git(private_, "add", "-A");
  lab.git(private_, "commit", "-qm", "private");
  lab.write("a.txt", "a\n");
  lab.commit("first");
});

function expectNothingPrivate(): void {
  const inside = existsSync(join(lab.copy, ".git")) ? lab.objects(lab.copy) : [];
  for (const id of lab.objects(private_)) expect(inside).not.toContain(id);
}

describe("a hostile clone does not lead to another repository", () => {
  const pointers: readonly (readonly [string, (git: string) => void])[] = [
    [
      "a .git file",
      (git) => {
        rmSync(git, { recursive: true });
        writeFileSync(git, `gitdir: ${private_}/.git\n`);
      },
    ],
    [
      "a linked .git",
      (git) => {
        rmSync(git, { recursive: true });
        symlinkSync(join(private_, ".git"), git);
      },
    ],
    [
      "a .git file of a bare one",
      (git) => {
        lab.git(lab.base, "clone", "-q", "--bare", private_, "bare");
        rmSync(git, { recursive: true });
        writeFileSync(git, "gitdir: ../bare\n");
      },
    ],
    ["commondir", (git) => writeFileSync(join(git, "commondir"), `${private_}/.git\n`)],
    [
      "a made-up worktree",
      (git) => {
        rmSync(git, { recursive: true });
        const made = join(lab.repo, "made");
        mkdirSync(made);
        writeFileSync(join(made, "commondir"), `${private_}/.git\n`);
        writeFileSync(join(made, "gitdir"), `${git}\n`);
        writeFileSync(join(made, "HEAD"), "ref: refs/heads/main\n");
        writeFileSync(git, "gitdir: made\n");
      },
    ],
    [
      "linked refs",
      (git) => {
        rmSync(join(git, "refs"), { recursive: true });
        symlinkSync(join(private_, ".git/refs"), join(git, "refs"));
      },
    ],
    [
      "linked objects",
      (git) => {
        rmSync(join(git, "objects"), { recursive: true });
        symlinkSync(join(private_, ".git/objects"), join(git, "objects"));
      },
    ],
    [
      "a linked config",
      (git) => {
        rmSync(join(git, "config"));
        symlinkSync(join(private_, ".git/config"), join(git, "config"));
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
        writeFileSync(join(git, "objects/info/alternates"), `${private_}/.git/objects\n`);
        symlinkSync(join(private_, ".git/refs/heads/main"), join(git, "refs/heads/theirs"));
      },
    ],
    [
      "a linked folder of branches and borrowed objects",
      (git) => {
        writeFileSync(join(git, "objects/info/alternates"), `${private_}/.git/objects\n`);
        symlinkSync(join(private_, ".git/refs/heads"), join(git, "refs/heads/theirs"));
      },
    ],
    [
      "linked packed refs and borrowed objects",
      (git) => {
        lab.git(private_, "pack-refs", "--all");
        writeFileSync(join(git, "objects/info/alternates"), `${private_}/.git/objects\n`);
        symlinkSync(join(private_, ".git/packed-refs"), join(git, "packed-refs"));
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
        symlinkSync(join(private_, "key.txt"), join(git, "MERGE_MSG"));
        rmSync(join(git, "info"), { recursive: true, force: true });
        mkdirSync(join(git, "info"));
        symlinkSync(join(private_, "key.txt"), join(git, "info/exclude"));
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
    lab.write("deep/down/.git", `gitdir: ${private_}/.git\n`);
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
    symlinkSync(join(private_, "key.txt"), join(lab.repo, "odd/deeper/.gitignore"));
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
      Buffer.concat([Buffer.from("DIRC\0\0\0\2\xff\xff\xff\xff", "latin1"), Buffer.alloc(64)]),
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

describe("a hostile folder", () => {
  it("does not fill the disk with a file of holes, and a smaller one keeps them", async () => {
    lab.write("huge.img", "");
    truncateSync(join(lab.repo, "huge.img"), 2 * 1024 ** 4);
    lab.write("small.img", "begin");
    truncateSync(join(lab.repo, "small.img"), 64 * 1024 * 1024);
    const facts = await lab.clone();
    expect(facts.skipped).toEqual([`huge.img (${2 * 1024 ** 4} bytes, most of them holes)`]);
    const copied = lstatSync(join(lab.copy, "small.img"));
    expect(copied.size).toBe(64 * 1024 * 1024);
    expect(copied.blocks * 512).toBeLessThan(1024 * 1024);
    expect(readFileSync(join(lab.copy, "small.img")).toString("latin1", 0, 6)).toBe("begin\0");
    expect(facts.bytes).toBeLessThan(1024 * 1024);
  });

  it("has names with line breaks, colons, quotes, and bytes that are no UTF-8; git is asked of each", async () => {
    lab.write(".gitignore", "*.log\n!keep.log\nhidden*/\n");
    const odd = Buffer.from([0x66, 0xff, 0x0a, 0x22, 0x2e, 0x6c, 0x6f, 0x67]);
    writeFileSync(Buffer.concat([Buffer.from(`${lab.repo}/`), odd]), "ignored");
    for (const name of [
      ":(top)x.log",
      "-x.log",
      '"q".log',
      "a\nb.log",
      "!x.log",
      " y.log",
      "ü.log",
    ])
      lab.write(name, "ignored");
    const carried = [":(top)x", "-x", "a\nb", "keep.log", "!x", "hidden"];
    for (const name of carried) lab.write(name, "carried");
    lab.write("hidden\nfolder/x", "ignored");
    const facts = await lab.clone();
    expect(facts.ignoredLeft).toBe(9);
    expect(readdirSync(lab.copy).toSorted()).toEqual(
      [...carried, "a.txt", ".git", ".gitignore"].toSorted(),
    );
  });

  it("that changes while it is copied is copied as it is found, or not at all", async () => {
    for (let count = 0; count < 300; count += 1)
      lab.write(`d${count % 10}/f${count}.txt`, "x".repeat(4096));
    const folder = join(lab.repo, "d9");
    const copying = lab.refusal();
    // A folder makes way for a link to another place, files come and go.
    const timer = setInterval(() => {
      try {
        rmSync(join(lab.repo, "d8"), { recursive: true, force: true });
        if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
          renameSync(folder, join(lab.base, "away"));
          symlinkSync(private_, folder);
        }
      } catch {
        // Already changed.
      }
    }, 0);
    const said = await copying;
    clearInterval(timer);
    expect(said).toMatch(/^(no error|E_WORKSPACE_COPY)/);
    expect(
      existsSync(join(lab.copy, "d9/key.txt")) && !lstatSync(join(lab.copy, "d9")).isSymbolicLink(),
    ).toBe(false);
  });
});

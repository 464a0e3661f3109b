/** What is found and held at the start, and what is taken away at the end, without a bottle: the test plays the agent. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openMountLab } from "../../../tests/support/mount-lab.ts";
import type { MountLab } from "../../../tests/support/mount-lab.ts";
import { need } from "../../../tests/support/require.ts";
import type { Base } from "./base.ts";
import { compareFolder } from "./compare.ts";
import { readBase } from "./ledger.ts";
import { OpenFolder } from "./open-folder.ts";
import { openQuarantine } from "./quarantine.ts";

function modes(
  points: readonly { readonly path: string; readonly mode: string }[],
): Record<string, string> {
  return Object.fromEntries(points.map(({ path, mode }) => [path, mode]));
}

/** Opens, lets `agent` act on the folder, closes, and reads the report. */
async function around(
  lab: MountLab,
  agent: () => void,
  options: Parameters<MountLab["open"]>[0] = {},
): Promise<ReturnType<MountLab["report"]>> {
  const mounted = await lab.open(options);
  agent();
  await mounted.close();
  return lab.report();
}

const takenPaths = (report: ReturnType<MountLab["report"]>): readonly string[] =>
  (report.taken ?? []).map(({ path }) => path).toSorted();

describe("what is held", () => {
  test("git's hooks and config are read-only, .git and every folder on the way are mount points", async () => {
    using lab = openMountLab();
    lab.put("packages/a/.npmrc", "x=1\n");
    lab.put(".github/workflows/ci.yml", "on: push\n");
    lab.put("deploy/prod/run.sh", "#!/bin/sh\n");
    const mounted = await lab.open({ protect: ["deploy/**"] });
    expect(modes(mounted.points)).toMatchObject({
      ".git": "rw",
      ".git/hooks": "ro",
      ".git/config": "ro",
      packages: "rw",
      "packages/a": "rw",
      "packages/a/.npmrc": "ro",
      ".github": "rw",
      ".github/workflows": "ro",
      deploy: "ro",
    });
    const order = mounted.points.map(({ path }) => path);
    for (const path of order)
      for (const parent of order)
        if (path.startsWith(`${parent}/`))
          expect(order.indexOf(parent)).toBeLessThan(order.indexOf(path));
    await mounted.close();
    expect(lab.report().state).toBe("closed");
  });

  test("nested repositories, bare ones and modules as well, also among dependencies", async () => {
    using lab = openMountLab();
    const git = (...argv: readonly string[]): void =>
      void execFileSync("git", ["init", "-q", ...argv]);
    git(join(lab.folder, "vendor/lib"));
    git(join(lab.folder, "node_modules/pkg"));
    git("--bare", join(lab.folder, "store/thing"));
    git("--bare", join(lab.folder, ".git/modules/sub"));
    lab.put("node_modules/other/.vscode/tasks.json", "{}");
    lab.own();
    const mounted = await lab.open();
    const found = modes(mounted.points);
    for (const path of [
      "vendor/lib/.git",
      "node_modules/pkg/.git",
      "store/thing",
      ".git/modules/sub",
    ])
      expect([path, found[path], found[`${path}/hooks`], found[`${path}/config`]]).toEqual([
        path,
        "rw",
        "ro",
        "ro",
      ]);
    expect(found["node_modules/other/.vscode"]).toBeUndefined();
    await mounted.close();
    expect(takenPaths(lab.report())).toEqual([]);
  });

  test("where a held link leads, and what git's config names", async () => {
    using lab = openMountLab();
    lab.put("scripts/hook.sh", "#!/bin/sh\n");
    lab.put("tools/clean", "#!/bin/sh\n");
    lab.put("own-hooks/pre-push", "#!/bin/sh\n");
    symlinkSync("../../scripts/hook.sh", join(lab.folder, ".git/hooks/pre-commit"));
    symlinkSync("../../scripts/later.sh", join(lab.folder, ".git/hooks/pre-push"));
    const config = join(lab.folder, ".git/config");
    writeFileSync(
      config,
      `${readFileSync(config, "utf8")}[Core]\n\tHooksPath = "own-hooks"\n[filter "x"]\n\tclean = ./tools/clean %f\n[include]\n\tpath = more.config\n`,
    );
    lab.own();
    const mounted = await lab.open({
      ownerConfigs: ["[core]\n\thooksPath = .git/../other-hooks\n"],
    });
    expect(modes(mounted.points)).toMatchObject({
      "scripts/hook.sh": "ro",
      "tools/clean": "ro",
      "own-hooks": "ro",
      scripts: "rw",
      tools: "rw",
    });
    for (const path of ["scripts/later.sh", ".git/more.config", "other-hooks/pre-commit"])
      lab.put(path, "evil");
    await mounted.close();
    expect(takenPaths(lab.report())).toEqual([
      ".git/more.config",
      "other-hooks",
      "scripts/later.sh",
    ]);
  });

  test("a socket of a program of the host is covered", async () => {
    using lab = openMountLab();
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(lab.folder, "app.sock"), done));
    const mounted = await lab.open();
    expect(modes(mounted.points)["app.sock"]).toBe("cover");
    await mounted.close();
    server.close();
  });
});

describe("what was planted before is refused", () => {
  test.each<[string, (lab: MountLab) => void, string]>([
    [
      "a protected path that is a link",
      (lab) => symlinkSync("/tmp", join(lab.folder, ".vscode")),
      ".vscode is a link",
    ],
    [
      "a folder on the way that is a link",
      (lab) => symlinkSync("src", join(lab.folder, ".github")),
      ".github is a link",
    ],
    [
      "a git folder's hooks that are a link",
      (lab) => {
        rmSync(join(lab.folder, ".git/hooks"), { recursive: true });
        symlinkSync("../src", join(lab.folder, ".git/hooks"));
      },
      ".git/hooks is a link",
    ],
    [
      "a nested .git that is a link",
      (lab) => {
        mkdirSync(join(lab.folder, "sub"));
        symlinkSync("../.git", join(lab.folder, "sub/.git"));
      },
      "sub/.git is a link",
    ],
    [
      "another name of a held file",
      (lab) => linkSync(join(lab.folder, ".git/config"), join(lab.folder, "notes.txt")),
      "notes.txt is another name of .git/config",
    ],
    [
      "a link behind a held link",
      (lab) => {
        lab.put("real.sh", "x");
        symlinkSync("real.sh", join(lab.folder, "between.sh"));
        symlinkSync("../../between.sh", join(lab.folder, ".git/hooks/pre-commit"));
      },
      "leads through another link",
    ],
    [
      "a pipe at a protected path",
      (lab) => void execFileSync("mkfifo", [join(lab.folder, ".envrc")]),
      ".envrc is no file",
    ],
  ])("%s", async (_, plant, words) => {
    using lab = openMountLab();
    plant(lab);
    lab.own();
    await expect(lab.open()).rejects.toMatchObject({
      code: "E_WORKSPACE_PROTECT",
      why: expect.stringContaining(words) as string,
    });
    expect(lab.report().state).toBe("closed");
  });
});

describe("what is new at a protected path is taken away", () => {
  const cases: readonly [string, (lab: MountLab) => void, readonly string[]][] = [
    ["editor tasks", (lab) => lab.put(".vscode/tasks.json", "{}"), [".vscode"]],
    [
      "in any letter case, at any depth",
      (lab) => lab.put("a/b/c/.VSCode/tasks.json", "{}"),
      ["a/b/c/.VSCode"],
    ],
    [
      "agent settings",
      (lab) => {
        lab.put(".claude/settings.json", "{}");
        lab.put(".mcp.json", "{}");
      },
      [".claude", ".mcp.json"],
    ],
    [
      "CI",
      (lab) => {
        lab.put(".github/workflows/x.yml", "");
        lab.put(".gitlab-ci.yml", "");
      },
      [".github/workflows", ".gitlab-ci.yml"],
    ],
    [
      "shell and tool start-up files",
      (lab) => {
        for (const name of [".envrc", "sub/.npmrc", ".bashrc"]) lab.put(name, "");
      },
      [".bashrc", ".envrc", "sub/.npmrc"],
    ],
    [
      "redirects in .git",
      (lab) => {
        for (const name of [
          "commondir",
          "config.worktree",
          "info/attributes",
          "objects/info/alternates",
        ])
          lab.put(`.git/${name}`, "x");
      },
      [
        ".git/commondir",
        ".git/config.worktree",
        ".git/info/attributes",
        ".git/objects/info/alternates",
      ],
    ],
    [
      "a rebase that waits with a command",
      (lab) => lab.put(".git/rebase-merge/git-rebase-todo", "exec evil"),
      [".git/rebase-merge"],
    ],
    [
      "a repository in the folder",
      (lab) => lab.put("deep/sub/.git/config", "x"),
      ["deep/sub/.git"],
    ],
    [
      "a repository among dependencies",
      (lab) => lab.put("node_modules/x/.git/config", "x"),
      ["node_modules/x/.git"],
    ],
    [
      "a .git file",
      (lab) => lab.put("deep/sub/.git", "gitdir: ../../elsewhere"),
      ["deep/sub/.git"],
    ],
    [
      "a bare repository by another name",
      (lab) => {
        for (const name of ["HEAD", "objects/x", "refs/x", "config"]) lab.put(`docs/${name}`, "x");
      },
      ["docs/HEAD", "docs/config"],
    ],
    [
      "a bare repository with its parts elsewhere",
      (lab) => {
        for (const name of ["HEAD", "commondir"]) lab.put(`docs/${name}`, "x");
      },
      ["docs/HEAD", "docs/commondir"],
    ],
    [
      "a module",
      (lab) => {
        for (const name of ["HEAD", "objects/x", "refs/x", "config", "hooks/x"])
          lab.put(`.git/modules/m/${name}`, "x");
      },
      [".git/modules/m/HEAD", ".git/modules/m/config", ".git/modules/m/hooks"],
    ],
    [
      "links in .git",
      (lab) => {
        rmSync(join(lab.folder, ".git/logs"), { recursive: true });
        symlinkSync("../../home", join(lab.folder, ".git/logs"));
      },
      [".git/logs"],
    ],
    [
      "pipes in .git",
      (lab) => void execFileSync("mkfifo", [join(lab.folder, ".git/MERGE_MSG")]),
      [".git/MERGE_MSG"],
    ],
    [
      "a link where protected paths may lie",
      (lab) => symlinkSync("src", join(lab.folder, ".github")),
      [".github"],
    ],
    [
      "a link at a protected path",
      (lab) => symlinkSync("/etc", join(lab.folder, ".idea")),
      [".idea"],
    ],
    ["what the manifest names", (lab) => lab.put("deploy/new/run.sh", ""), ["deploy"]],
    [
      "a program with a set-user-id bit",
      (lab) => {
        lab.put("run", "x");
        chmodSync(join(lab.folder, "run"), 0o4755);
      },
      ["run"],
    ],
    [
      "a folder that its maker closed",
      (lab) => {
        lab.put(".vscode/tasks.json", "{}");
        chmodSync(join(lab.folder, ".vscode"), 0);
      },
      [".vscode"],
    ],
  ];
  test.each(cases)("%s", async (_, agent, paths) => {
    using lab = openMountLab();
    const report = await around(lab, () => agent(lab), { protect: ["deploy/**"] });
    expect(takenPaths(report)).toEqual(paths);
    for (const { path, to } of report.taken ?? []) {
      expect(lstatSync(join(lab.folder, path), { throwIfNoEntry: false })).toBeUndefined();
      expect(
        lstatSync(join(lab.records, "lab-00001", to), { throwIfNoEntry: false }),
      ).toBeDefined();
    }
    expect(report.problems).toEqual([]);
  });

  test("what was there at the start stays, and so does everything an agent does in its ordinary work", async () => {
    using lab = openMountLab();
    lab.put(".vscode/tasks.json", "{}");
    lab.put(".github/workflows/ci.yml", "");
    execFileSync("git", ["init", "-q", "--bare", join(lab.folder, "fixtures/repo")]);
    lab.own();
    const report = await around(lab, () => {
      lab.put("src/main.ts", "export {};\n");
      lab.put(".github/ISSUE_TEMPLATE.md", "");
      const git = (...argv: readonly string[]): void =>
        void execFileSync("git", [
          "-C",
          lab.folder,
          "-c",
          "safe.directory=*",
          "-c",
          "user.name=a",
          "-c",
          "user.email=a@example.org",
          ...argv,
        ]);
      git("checkout", "-q", "-b", "work");
      git("add", ".");
      git("commit", "-q", "-m", "second");
      git("gc", "-q");
      git(
        "--git-dir",
        join(lab.folder, "fixtures/repo"),
        "symbolic-ref",
        "HEAD",
        "refs/heads/other",
      );
    });
    expect(report.taken).toEqual([]);
    expect(report.problems).toEqual([]);
    expect(existsSync(join(lab.folder, ".vscode/tasks.json"))).toBe(true);
  });

  test("a change of what the owner's programs obey is told, and a link out of the folder", async () => {
    using lab = openMountLab();
    lab.put("CLAUDE.md", "be good\n");
    lab.put("package.json", "{}");
    const report = await around(lab, () => {
      lab.put("CLAUDE.md", "be bad\n");
      lab.put("sub/AGENTS.md", "be bad\n");
      symlinkSync("../../home", join(lab.folder, "out"));
      symlinkSync("README.md", join(lab.folder, "in"));
    });
    expect(report.changed?.toSorted()).toEqual(["CLAUDE.md", "sub/AGENTS.md"]);
    expect(report.links).toEqual(["out"]);
    expect(report.taken).toEqual([]);
  });

  test("a held file that was replaced is taken, and put back as it was", async () => {
    using lab = openMountLab();
    const config = join(lab.folder, ".git/config");
    const before = readFileSync(config, "utf8");
    const report = await around(lab, () => {
      writeFileSync(`${config}.new`, "[core]\n\tfsmonitor = evil\n");
      renameSync(`${config}.new`, config);
    });
    expect(takenPaths(report)).toEqual([".git/config"]);
    expect(report.lost).toEqual([{ path: ".git/config", putBack: true }]);
    expect(readFileSync(config, "utf8")).toBe(before);
    expect(
      readFileSync(join(lab.records, "lab-00001", report.taken?.[0]?.to ?? ""), "utf8"),
    ).toContain("evil");
  });

  test("a name that is not UTF-8 hides nothing", async () => {
    using lab = openMountLab();
    const report = await around(lab, () => {
      const odd = Buffer.concat([Buffer.from(`${lab.folder}/`), Buffer.from([0xff, 0xfe])]);
      mkdirSync(odd);
      mkdirSync(Buffer.concat([odd, Buffer.from("/.git")]));
    });
    expect(report.taken).toHaveLength(1);
    expect(report.problems).toEqual([]);
  });

  test("nothing outside is touched by way of links", async () => {
    using lab = openMountLab();
    mkdirSync(join(lab.home, ".vscode"));
    writeFileSync(join(lab.home, ".vscode/tasks.json"), "mine");
    await around(lab, () => symlinkSync(lab.home, join(lab.folder, "home")));
    expect(readdirSync(join(lab.home, ".vscode"))).toEqual(["tasks.json"]);
  });

  test("however many files lie before it", async () => {
    using lab = openMountLab();
    const mounted = await lab.open();
    for (let index = 0; index < 300; index += 1) lab.put(`aaa/${index}`, "");
    lab.put(".git/commondir", "../evil");
    lab.put(".envrc", "evil");
    await mounted.close();
    const base = await readBase(join(lab.records, "lab-00001"));
    lab.put(".git/commondir", "../evil");
    lab.put(".envrc", "evil");
    using top = OpenFolder.open(lab.folder);
    using quarantine = openQuarantine(join(lab.records, "lab-00001"), top, lab.folder);
    const found = await compareFolder(top, {
      root: lab.folder,
      base: base as Base,
      quarantine,
      copies: new Map(),
      openedAt: 0,
      bounds: { depth: 10, entries: 20 },
    });
    expect(found.taken.map(({ path }) => path).toSorted()).toEqual([".envrc", ".git/commondir"]);
    expect(found.problems.at(-1)?.why).toContain("treat all of it as hostile");
  });

  test("also where the record is on another file system: beside, in a folder that nobody enters", async (context) => {
    need(
      context,
      statSync("/dev/shm").dev === statSync(tmpdir()).dev ? "one file system" : undefined,
    );
    using lab = openMountLab({ recordsIn: `/dev/shm/bottle-mount-${process.pid}` });
    const report = await around(lab, () => lab.put(".vscode/tasks.json", "{}"));
    const [taken] = report.taken ?? [];
    expect(taken?.path).toBe(".vscode");
    expect(taken?.to).toMatch(/\/project\/\.claude-bottle-quarantine-[0-9a-f]{12}\/0$/);
    expect(statSync(dirname(taken?.to ?? "")).mode & 0o777).toBe(0);
    expect(existsSync(join(lab.folder, ".vscode"))).toBe(false);
  });
});

/** Attacks on the owner's side of a mounted workspace, by a real bottle, and what is left of them when it is gone. */
import { execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
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
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import { capabilitiesOf } from "../support/capabilities.ts";
import { notApplicable } from "../support/require.ts";
import { upstreamAddress } from "../support/target.ts";
import type { TestBottle, TestHome } from "../support/bottle.ts";
import { chownTree, ordinaryUser } from "../support/mount-lab.ts";
import { protectedPaths } from "../../src/workspace/protected/table.ts";
import type { MountReport } from "../../src/workspace/mount/base.ts";

const isRoot = process.getuid?.() === 0;

/** A git repository with something at every kind of protected path; as root it is an ordinary user's. */
async function openProject(extra: NodeJS.ProcessEnv = {}): Promise<TestHome> {
  const home = await openTestHome(extra);
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(home.workspace, path)), { recursive: true });
    writeFileSync(join(home.workspace, path), content);
  };
  execFileSync("git", ["init", "-q", "-b", "main", home.workspace]);
  for (const path of held) put(path, "mine\n");
  put("src/main.txt", "code\n");
  put("deploy/run.sh", "mine\n");
  if (isRoot) chownTree(home.workspace);
  return home;
}

/** One of each kind: a file, a folder's file, and some below folders of their own. */
const held = [
  ".vscode/tasks.json",
  ".idea/workspace.xml",
  "packages/a/.vscode/settings.json",
  ".claude/settings.json",
  ".mcp.json",
  ".github/workflows/ci.yml",
  ".gitlab-ci.yml",
  ".husky/pre-commit",
  ".envrc",
  "packages/a/.npmrc",
  ".cargo/config.toml",
  ".gitmodules",
];

/** The suite for one rung. */
export function mountedWorkspace(rung: RungName): void {
  const bottle = { rung, workspace: { mode: "mount", protect: ["deploy/**"] } };
  const { coversSockets } = capabilitiesOf(rung);

  function reportOf(home: TestHome): MountReport {
    const records = join(home.stateHome, "claude-bottle");
    const [id = ""] = readdirSync(records).filter((name) => name.startsWith("tester-"));
    return JSON.parse(readFileSync(join(records, id, "mount.json"), "utf8")) as MountReport;
  }

  describe(`a bottle on the folder itself, on the rung ${rung}`, () => {
    let home: TestHome;
    let run: TestBottle;
    beforeAll(async () => {
      home = await openProject();
      run = await startTestBottle({ home, bottle });
      await run.bottle.started;
    });
    afterAll(async () => {
      await run[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    });
    const sh = async (script: string): Promise<string> => {
      const { stdout, stderr } = await run.bottle.exec(["/bin/sh", "-c", `(${script}) 2>&1; true`]);
      return stdout + stderr;
    };
    const unchanged = (path: string): void =>
      expect(readFileSync(join(home.workspace, path), "utf8")).toBe("mine\n");

    test("works in it, and what it writes belongs to the folder's owner", async () => {
      await sh("echo new > src/new.txt; rm src/main.txt");
      expect(readFileSync(join(home.workspace, "src/new.txt"), "utf8")).toBe("new\n");
      expect(existsSync(join(home.workspace, "src/main.txt"))).toBe(false);
      expect(statSync(join(home.workspace, "src/new.txt")).uid).toBe(statSync(home.workspace).uid);
      expect(statSync(home.workspace).uid).toBe(isRoot ? ordinaryUser : process.getuid?.());
    });

    test("commits there with git", async () => {
      expect(await sh("git add -A && git commit -q -m work && git log --format=%s")).toBe("work\n");
      expect(
        execFileSync(
          "git",
          ["-C", home.workspace, "-c", "safe.directory=*", "log", "--format=%s"],
          {
            encoding: "utf8",
          },
        ),
      ).toBe("work\n");
    });

    test.each([...held, "deploy/run.sh", ".git/config", ".git/hooks/pre-commit.sample"])(
      "cannot write, replace, remove, link or move %s",
      async (path) => {
        const before = readFileSync(join(home.workspace, path), "utf8");
        const out = await sh(
          [
            `echo evil > ${path}`,
            `echo evil >> ${path}`,
            `rm -f ${path}`,
            `unlink ${path}`,
            `mv ${path} /tmp/x`,
            `echo evil > .evil && mv -f .evil ${path}`,
            `ln ${path} .other && echo evil > .other`,
            `ln -sf /tmp/x ${path}`,
            `chmod 777 ${path}`,
            `touch ${path}`,
            `truncate -s 0 ${path}`,
            `python3 -c 'import os; os.replace("src/new.txt", "${path}")'`,
          ].join("; "),
        );
        expect(
          out.match(/Read-only|busy|cross-device|Invalid|cannot|Errno/g)?.length ?? 0,
        ).toBeGreaterThanOrEqual(10);
        expect(readFileSync(join(home.workspace, path), "utf8")).toBe(before);
      },
    );

    test.each([
      ".git",
      ".git/hooks",
      ".vscode",
      ".claude",
      ".github",
      ".github/workflows",
      "packages",
      "packages/a",
      "packages/a/.vscode",
      ".husky",
      "deploy",
    ])("cannot move, exchange or remove the folder %s", async (path) => {
      const { ino } = lstatSync(join(home.workspace, path));
      const out = await sh(
        `mv ${path} ${path}.old; rm -rf ${path}.old; rmdir ${path}; python3 - <<'P'
import ctypes, os
os.makedirs("/work/project/fresh", exist_ok=True)
libc = ctypes.CDLL(None, use_errno=True)
for flags in (0, 1, 2):
    print(flags, libc.renameat2(-100, b"${path}", -100, b"fresh", flags), os.strerror(ctypes.get_errno()))
    print(flags, libc.renameat2(-100, b"fresh", -100, b"${path}", flags), os.strerror(ctypes.get_errno()))
P
rmdir fresh`,
      );
      expect(out).not.toMatch(/^\d 0 /m);
      expect(lstatSync(join(home.workspace, path)).ino).toBe(ino);
    });

    test("cannot unmount, mount over or look beneath what is held", async () => {
      const out = await sh(
        `umount .git/hooks; umount -l .git; mount --bind src .git/hooks; unshare -rm true; python3 - <<'P'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for call in (lambda: libc.umount2(b".git/hooks", 2), lambda: libc.mount(b"src", b".git/hooks", None, 4096, None), lambda: libc.mount(None, b".git/hooks", None, 32 | 4096, None), lambda: libc.syscall(428, -100, b"/work/project", 1)):
    print(call(), os.strerror(ctypes.get_errno()))
P`,
      );
      expect(out).not.toMatch(/^(?:0|[1-9]\d*) /m);
      expect(await sh("echo x > .git/hooks/pre-commit")).toMatch(/Read-only/);
    });

    test("sees no way to write to git's config by git's own means", async () => {
      const before = readFileSync(join(home.workspace, ".git/config"), "utf8");
      await sh(
        "git config core.fsmonitor evil; git config --worktree core.fsmonitor evil; git config -f .git/config core.hooksPath /tmp; git remote add evil https://evil.example.com; git config --edit </dev/null; GIT_EDITOR='cp /dev/null' git config --edit",
      );
      expect(readFileSync(join(home.workspace, ".git/config"), "utf8")).toBe(before);
    });

    test("is taken down with everything it planted where the owner's programs would look", async () => {
      await sh(`mkdir -p .devcontainer sub/.idea packages/b .git/worktrees/x node_modules/x docs/objects docs/refs .forgejo/workflows
      echo x | tee .devcontainer/devcontainer.json sub/.idea/x packages/b/.envrc packages/b/.MCP.json .bashrc .travis.yml .lldbinit docs/HEAD .forgejo/workflows/x.yml deploy2 >/dev/null
      git init -q sub; git init -q node_modules/x
      echo ../evil > .git/commondir; echo x > .git/config.worktree; mkdir -p .git/info; echo '* filter=x' > .git/info/attributes
      rm -rf .git/logs; ln -s /home/agent .git/logs
      cp /bin/true suid; chmod 4755 suid; ln -s /etc out; mkdir -p .git/rebase-merge; echo exec evil > .git/rebase-merge/git-rebase-todo
      echo more > CLAUDE.md`);
      void run.bottle.stop();
      await run.bottle.ended;
      const report = reportOf(home);
      expect(report.state).toBe("closed");
      expect((report.taken ?? []).map(({ path }) => path).toSorted()).toEqual(
        [
          ".bashrc",
          ".devcontainer",
          ".forgejo/workflows",
          ".git/commondir",
          ".git/config.worktree",
          ".git/info/attributes",
          ".git/logs",
          ".git/rebase-merge",
          ".git/worktrees",
          ".lldbinit",
          ".travis.yml",
          "docs/HEAD",
          "node_modules/x/.git",
          "packages/b/.MCP.json",
          "packages/b/.envrc",
          "sub/.git",
          "sub/.idea",
          "suid",
        ].toSorted(),
      );
      for (const { path } of report.taken ?? [])
        expect(lstatSync(join(home.workspace, path), { throwIfNoEntry: false })).toBeUndefined();
      expect(report.changed).toEqual(["CLAUDE.md"]);
      expect(report.links).toEqual(["out"]);
      expect(report.problems).toEqual([]);
      for (const path of held) unchanged(path);
    });
  });

  test("every entry of the table is held where it is there", async () => {
    await using home = await openProject();
    const paths = protectedPaths.flatMap(({ paths: group }) =>
      group.map((path) => path.replaceAll("*", "x")),
    );
    for (const path of paths) {
      if (existsSync(join(home.workspace, path))) continue;
      mkdirSync(join(home.workspace, path, ".."), { recursive: true });
      writeFileSync(join(home.workspace, path), "mine\n");
    }
    if (isRoot) chownTree(home.workspace);
    await using run = await startTestBottle({ home, bottle });
    await run.bottle.started;
    const { stdout } = await run.bottle.exec([
      "/usr/bin/python3",
      "-c",
      "import os, sys\nfor p in sys.argv[1:]:\n  for q in (p, p + '/new'):\n    try: open(q, 'w'); print('written', q)\n    except OSError as e: pass\n  try: os.rename(p, 'moved'); print('moved', p)\n  except OSError as e: pass",
      ...paths,
    ]);
    expect(stdout).toBe("");
  });

  describe(`what happens on the host while a bottle runs, on the rung ${rung}`, () => {
    test("replacing a held file ends its protection, and with it the bottle; the file is put back", async () => {
      await using home = await openProject();
      await using run = await startTestBottle({ home, bottle });
      await run.bottle.started;
      const config = join(home.workspace, ".git/config");
      const before = readFileSync(config, "utf8");
      // As `git config` does it.
      writeFileSync(`${config}.lock`, `${before}[user]\n\tname = owner\n`);
      if (isRoot) chownSync(`${config}.lock`, ordinaryUser, ordinaryUser);
      renameSync(`${config}.lock`, config);
      await run.bottle.exec([
        "/bin/sh",
        "-c",
        "while :; do printf '[core]\\n\\tfsmonitor = evil\\n' >> .git/config; done 2>/dev/null",
      ]);
      await expect(run.bottle.ended).rejects.toMatchObject({ code: "E_WORKSPACE_LOST" });
      const report = reportOf(home);
      expect(report.lost).toEqual([{ path: ".git/config", putBack: true }]);
      expect(report.taken?.map(({ path }) => path)).toEqual([".git/config"]);
      expect(readFileSync(config, "utf8")).toBe(before);
    });

    test("a folder that is moved away takes its protection along, and the bottle ends", async () => {
      await using home = await openProject();
      await using run = await startTestBottle({ home, bottle });
      await run.bottle.started;
      renameSync(join(home.workspace, ".git"), join(home.workspace, "git-was-here"));
      await run.bottle.exec([
        "/bin/sh",
        "-c",
        "git init -q . ; printf '[core]\\n\\tfsmonitor = evil\\n' >> .git/config; sleep 60",
      ]);
      await expect(run.bottle.ended).rejects.toMatchObject({ code: "E_WORKSPACE_LOST" });
      expect(existsSync(join(home.workspace, ".git"))).toBe(false);
      // What the owner moved looks like a repository that was not there: it is one no more, and nothing of it is lost.
      expect(reportOf(home).taken?.map(({ path }) => path)).toContain("git-was-here/HEAD");
    });

    test("a program that makes its socket anew ends the bottle, which could reach it now", async (context) => {
      if (!coversSockets)
        notApplicable(context, "a workspace with a socket is refused on this rung");
      await using home = await openProject();
      const path = join(home.workspace, "tmp/app.sock");
      mkdirSync(dirname(path));
      const listen = async (): Promise<Server> => {
        const server = createServer();
        await new Promise<void>((done) => server.listen(path, done));
        return server;
      };
      const first = await listen();
      await using run = await startTestBottle({ home, bottle });
      await run.bottle.started;
      await new Promise<void>((done) => first.close(() => done()));
      const second = await listen();
      await expect(run.bottle.ended).rejects.toMatchObject({ code: "E_WORKSPACE_LOST" });
      second.close();
      expect(reportOf(home).lost).toEqual([{ path: "tmp/app.sock", putBack: false }]);
    });

    test("a socket of a program of the host is not reached", async () => {
      await using home = await openProject();
      const path = join(home.workspace, "app.sock");
      const server = createServer((socket) => socket.end("hello from the host"));
      await new Promise<void>((done) => server.listen(path, done));
      if (!coversSockets) {
        await using refused = await startTestBottle({ home, bottle });
        await expect(refused.bottle.ended).rejects.toMatchObject({ code: "E_RUNG_MOUNT" });
        server.close();
        return;
      }
      await using run = await startTestBottle({ home, bottle });
      const { stdout } = await run.bottle.exec([
        "/opt/claude-bottle/node",
        "-e",
        'require("net").connect("app.sock").on("data",d=>console.log(String(d))).on("error",e=>console.log(e.code))',
      ]);
      expect(stdout).toMatch(/^(?:ECONNREFUSED|EACCES|ENOTSOCK)/);
      server.close();
    });
  });

  describe(`which folders are refused, on the rung ${rung}`, () => {
    const refused = async (
      home: TestHome,
      code: string,
      words: RegExp,
      workspace = home.workspace,
    ): Promise<void> => {
      await expect(startTestBottle({ home: { ...home, workspace }, bottle })).rejects.toMatchObject(
        {
          code,
          why: expect.stringMatching(words) as string,
        },
      );
    };

    test("root's own, a repository that is elsewhere, and one with borrowed objects", async () => {
      await using home = await openProject();
      if (isRoot) {
        chownSync(home.workspace, 0, 0);
        await refused(home, "E_WORKSPACE_MOUNT", /belongs to root/);
        chownSync(home.workspace, ordinaryUser, ordinaryUser);
      }
      writeFileSync(join(home.workspace, ".git/objects/info/alternates"), "/elsewhere\n");
      await refused(home, "E_WORKSPACE_MOUNT", /borrows objects/);
      rmSync(join(home.workspace, ".git"), { recursive: true });
      writeFileSync(join(home.workspace, ".git"), "gitdir: /elsewhere\n");
      await refused(home, "E_WORKSPACE_MOUNT", /is a file or a link/);
    });

    test("one that holds the records, or claude-bottle's own files", async () => {
      await using home = await openTestHome();
      if (isRoot) chownSync(home.dir, ordinaryUser, ordinaryUser);
      await refused(
        { ...home, host: { ...home.host, env: { ...home.env, HOME: "/root" } } },
        "E_WORKSPACE_MOUNT",
        /records of bottles/,
        home.dir,
      );
    });

    test("one with a link at a protected path", async () => {
      await using home = await openProject();
      symlinkSync("/tmp", join(home.workspace, ".zed"));
      const run = await startTestBottle({ home, bottle });
      await expect(run.bottle.ended).rejects.toMatchObject({ code: "E_WORKSPACE_PROTECT" });
    });

    test("one that another bottle has, or a part of it", async () => {
      await using home = await openProject();
      await using first = await startTestBottle({ home, bottle });
      await first.bottle.started;
      const second = await startTestBottle({ home, bottle });
      await expect(second.bottle.ended).rejects.toMatchObject({ code: "E_WORKSPACE_BUSY" });
      const part = await startTestBottle({
        home: { ...home, workspace: join(home.workspace, "src") },
        bottle,
      });
      await expect(part.bottle.ended).rejects.toMatchObject({ code: "E_WORKSPACE_BUSY" });
    });
  });

  test("a bottle whose supervisor is killed is seen to at the next start in the folder", async () => {
    await using home = await openProject();
    const first = await startTestBottle({ home, bottle });
    await first.bottle.started;
    await first.bottle.exec([
      "/bin/sh",
      "-c",
      "echo ../evil > .git/commondir; mkdir .zed; echo {} > .zed/tasks.json",
    ]);
    const records = join(home.stateHome, "claude-bottle");
    const [id = ""] = readdirSync(records);
    const state = JSON.parse(readFileSync(join(records, id, "state.json"), "utf8")) as {
      pid: number;
    };
    process.kill(state.pid, "SIGKILL");
    await first.bottle.ended.catch(() => undefined);
    expect(reportOf(home).state).toBe("open");
    await expect.poll(() => processesOn(home.workspace), { timeout: 5000 }).toEqual([]);
    await using second = await startTestBottle({ home, bottle });
    await second.bottle.started;
    const report = JSON.parse(readFileSync(join(records, id, "mount.json"), "utf8")) as MountReport;
    expect(report.state).toBe("closed");
    expect(report.taken?.map(({ path }) => path).toSorted()).toEqual([".git/commondir", ".zed"]);
    expect(existsSync(join(home.workspace, ".zed"))).toBe(false);
  });

  test("the real Claude Code works on the folder itself", async () => {
    const token = `sk-ant-oat01-${"m".repeat(40)}`;
    await using home = await openProject({ E2E_TOKEN: token });
    await using model = await startScriptedModel({
      token,
      address: upstreamAddress(),
      turns: [
        { kind: "bash", command: "echo by-claude > by-claude.txt; mkdir -p sub/.vscode" },
        { kind: "text", text: "done" },
      ],
    });
    const credentials = [{ preset: "anthropic", secret: "env:E2E_TOKEN", url: model.url }];
    await using run = await startTestBottle({
      home,
      bottle: { ...bottle, credentials },
      provider: "claude",
      prompt: "Do the script.",
    });
    expect((await run.bottle.ended).code).toBe(0);
    expect(readFileSync(join(home.workspace, "by-claude.txt"), "utf8")).toBe("by-claude\n");
    expect(reportOf(home).taken?.map(({ path }) => path)).toEqual(["sub/.vscode"]);
  }, 120_000);

  /** Processes with the folder at a bottle's place. */
  function processesOn(folder: string): readonly string[] {
    return readdirSync("/proc").filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) &&
          readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`${folder} /work/`)
        );
      } catch {
        return false;
      }
    });
  }
}

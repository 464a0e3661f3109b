/** `workspace: mount` from the command line, as root and as an ordinary user: the plan, the work, the end, and what comes after. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { MountReport } from "../../src/workspace/mount/base.ts";
import { chownTree, ordinaryUser } from "../support/mount-lab.ts";
import { need } from "../support/require.ts";
import { cliProgram } from "./support/cli.ts";

const isRoot = process.getuid?.() === 0;

interface Scene extends Disposable {
  readonly folder: string;
  readonly state: string;
  bottle(...args: readonly string[]): {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  };
  startAgent(
    agent: string,
    script: string,
    ...args: readonly string[]
  ): ReturnType<Scene["bottle"]>;
  start(script: string, ...args: readonly string[]): ReturnType<Scene["bottle"]>;
}

/** Everything is that user's, and so is the command; root's own where `user` is undefined, but for the folder. */
function openScene(user: number | undefined): Scene {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "bottle-mount-cli-")));
  const folder = join(dir, "project");
  for (const path of [folder, join(dir, "home")]) mkdirSync(path);
  writeFileSync(join(folder, "a.txt"), "mine\n");
  execFileSync("git", ["init", "-q", "-b", "main", folder]);
  writeFileSync(
    join(dir, "bottles.json"),
    JSON.stringify({
      version: 1,
      bottles: { dev: { workspace: { mode: "mount", protect: ["infra/**"] } }, copy: {} },
      agents: {
        tester: { bottle: "dev", provider: "shell" },
        copier: { bottle: "copy", provider: "shell" },
      },
    }),
    { mode: 0o600 },
  );
  if (isRoot) chownTree(user === undefined ? folder : dir);
  const env = {
    PATH: process.env["PATH"],
    HOME: join(dir, "home"),
    XDG_STATE_HOME: join(dir, "state"),
    LANG: "C.UTF-8",
  };
  const as =
    user === undefined
      ? []
      : ["setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups", "--"];
  const bottle: Scene["bottle"] = (...args) => {
    const [program = "", ...argv] = [...as, process.execPath, cliProgram, ...args];
    const ended = spawnSync(program, argv, { env, cwd: folder, encoding: "utf8", timeout: 60_000 });
    return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
  };
  const startAgent: Scene["startAgent"] = (agent, script, ...args) => {
    const where = ["--manifest", join(dir, "bottles.json")];
    return bottle("start", agent, "--headless", "--yes", ...where, "--prompt", script, ...args);
  };
  return {
    folder,
    state: join(dir, "state/claude-bottle"),
    bottle,
    start: (script, ...args) => startAgent("tester", script, ...args),
    startAgent,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }),
  };
}

const users: readonly (readonly [string, number | undefined])[] = isRoot
  ? [
      ["root, in a folder of an ordinary user", undefined],
      ["an ordinary user", ordinaryUser],
    ]
  : [["an ordinary user", undefined]];

describe.each(users)("as %s", (_, user) => {
  test("the agent works in the folder itself, and what it planted is taken out and named", () => {
    using scene = openScene(user);
    const ran = scene.start(
      "cat a.txt; echo theirs > b.txt; echo evil > .git/hooks/pre-commit || echo held; mkdir .vscode infra; echo {} > .vscode/tasks.json; git add b.txt; git commit -qm work; id -u",
    );
    expect(ran).toMatchObject({ code: 0, stdout: "mine\nheld\n1000\n" });
    expect(readFileSync(join(scene.folder, "b.txt"), "utf8")).toBe("theirs\n");
    const owner = isRoot ? ordinaryUser : process.getuid?.();
    expect(statSync(join(scene.folder, "b.txt")).uid).toBe(owner);
    expect(existsSync(join(scene.folder, ".vscode"))).toBe(false);
    expect(existsSync(join(scene.folder, "infra"))).toBe(false);
    expect(ran.stderr).toMatch(
      /its changes are in .*project itself\n {2}taken out, and kept in .*: \.vscode \(quarantine\/0\), infra \(quarantine\/1\)\n/,
    );
    const log = execFileSync(
      "git",
      ["-C", scene.folder, "-c", "safe.directory=*", "log", "--format=%an %ae %s"],
      { encoding: "utf8" },
    );
    expect(log).toMatch(/^tester tester-[a-z0-9]{5}@bottle\.invalid work\n$/);
  });

  test("the folder and its owner are as they were: nothing was given to anybody", () => {
    using scene = openScene(user);
    const before = statSync(scene.folder);
    scene.start("true");
    const { uid, gid, mode } = statSync(scene.folder);
    expect({ uid, gid, mode }).toEqual({ uid: before.uid, gid: before.gid, mode: before.mode });
    expect(readdirSync(scene.folder).toSorted()).toEqual([".git", "a.txt"]);
  });

  test("a record that keeps what was taken out is not removed by the way", () => {
    using scene = openScene(user);
    scene.start("mkdir .vscode; chmod 777 .");
    const [id = ""] = readdirSync(scene.state);
    const { code, stderr } = scene.bottle("rm", id);
    expect(code).toBe(1);
    expect(stderr).toContain("one path that the bottle made in your folder");
    expect(statSync(scene.folder).mode & 0o777).toBe(0o755);
    expect(scene.bottle("rm", "--discard-work", id).code).toBe(0);
    expect(existsSync(join(scene.state, id))).toBe(false);
  });

  test("a held file that is replaced on the host ends the bottle, is taken out, and is put back", async () => {
    using scene = openScene(user);
    const config = join(scene.folder, ".git/config");
    const before = readFileSync(config, "utf8");
    const id = scene
      .start("while :; do echo evil >> .git/config; sleep 0.01; done 2>/dev/null", "--detach")
      .stdout.trim();
    execFileSync("git", ["config", "--file", config, "user.name", "owner"]);
    const report = (): MountReport =>
      JSON.parse(readFileSync(join(scene.state, id, "mount.json"), "utf8")) as MountReport;
    await expect.poll(() => report().state, { timeout: 10_000 }).toBe("closed");
    expect(report().lost).toEqual([{ path: ".git/config", putBack: true }]);
    expect(readFileSync(config, "utf8")).toBe(before);
  });

  test("the plan says what it means", () => {
    using scene = openScene(user);
    const { stdout } = scene.start("true", "--dry-run");
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain("mount: the agent writes in this folder itself");
    expect(text).toContain("While it runs, use no git, editor or build there");
    expect(text).toContain("and infra/**; what is new at such a path is taken out at the end");
  });

  test("after a killed supervisor, cleanup sees to the folder", async () => {
    using scene = openScene(user);
    const killed = scene.start("mkdir .zed; echo {} > .zed/tasks.json; sleep 60", "--detach");
    expect(killed.stderr).toBe("");
    const id = killed.stdout.trim();
    const { pid } = JSON.parse(readFileSync(join(scene.state, id, "state.json"), "utf8")) as {
      pid: number;
    };
    await expect
      .poll(() => existsSync(join(scene.folder, ".zed/tasks.json")), { timeout: 10_000 })
      .toBe(true);
    process.kill(pid, "SIGKILL");
    await expect
      .poll(() => scene.bottle("cleanup").stdout, { timeout: 10_000 })
      .toContain("removed mounted folder");
    expect(existsSync(join(scene.folder, ".zed"))).toBe(false);
    const report = JSON.parse(readFileSync(join(scene.state, id, "mount.json"), "utf8")) as object;
    expect(report).toMatchObject({
      state: "closed",
      taken: [{ path: ".zed", to: "quarantine/0" }],
    });
  });
});

test("a copy's branch is not applied while a bottle works on the folder, and nothing planted gets into a copy", async () => {
  using scene = openScene(isRoot ? ordinaryUser : undefined);
  const copied = scene.startAgent(
    "copier",
    "echo copy > c.txt; git add c.txt; git commit -qm copy",
  );
  expect(copied.code).toBe(0);
  const [copy = ""] = readdirSync(scene.state);
  const id = scene.start("mkdir .zed; sleep 60", "--detach").stdout.trim();
  await expect.poll(() => existsSync(join(scene.folder, ".zed")), { timeout: 10_000 }).toBe(true);
  expect(scene.bottle("apply", copy).stderr).toContain("E_WORKSPACE_BUSY");
  const { pid } = JSON.parse(readFileSync(join(scene.state, id, "state.json"), "utf8")) as {
    pid: number;
  };
  process.kill(pid, "SIGKILL");
  await expect
    .poll(() => scene.startAgent("copier", "ls -A").stdout, { timeout: 20_000, interval: 500 })
    .not.toContain(".zed");
  expect(scene.bottle("apply", copy)).toMatchObject({ code: 0 });
});

test("as root, a folder of root's is refused before anything is asked", (context) => {
  need(context, isRoot ? undefined : "only root has folders of root's");
  using scene = openScene(undefined);
  spawnSync("chown", ["0:0", scene.folder]);
  const { code, stderr } = scene.start("true");
  expect(code).toBe(125);
  expect(stderr).toContain("no process of a bottle is root on the host");
  expect(existsSync(scene.state)).toBe(false);
});

test("a folder in claude-bottle's own is refused", () => {
  using scene = openScene(isRoot ? ordinaryUser : undefined);
  const { code, stderr } = scene.start(
    "true",
    "--workspace",
    resolve(import.meta.dirname, "../.."),
  );
  expect(code).toBe(125);
  expect(stderr).toMatch(/claude-bottle itself|belongs to/);
});

/** The way back: `apply` brings a bottle's work into the repository, `audit` shows and checks what the gateway saw. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rungs as ladder } from "../../src/manifest/rungs.ts";
import { lacksProgram, need } from "../support/require.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { git, makeRepository } from "./support/git.ts";
import { manifestText } from "./support/manifest.ts";
import { openTmux, quote } from "./support/tmux.ts";

const shell = manifestText({ provider: "shell" });
const patient = { timeout: 30_000, interval: 100 };
const identity = "git config user.email bot@bottle.example; git config user.name Bot;";

async function openRepository(): Promise<Scene> {
  const scene = await openScene(shell);
  await makeRepository(scene);
  return scene;
}

async function bottleId(scene: Scene): Promise<string> {
  const [id = ""] = await readdir(join(scene.stateHome, "claude-bottle"));
  return id;
}

async function work(scene: Scene, prompt: string): Promise<string> {
  const result = await scene.start(["--headless", "--yes", "--prompt", prompt]);
  expect(result).toMatchObject({ code: 0 });
  return bottleId(scene);
}

describe("bottle apply", () => {
  it("brings commits and loose files back as a branch, and leaves branch and files of the owner alone", async () => {
    await using scene = await openRepository();
    const id = await work(
      scene,
      `${identity} echo two >> code.txt; git commit -qam two; echo loose > new.txt`,
    );
    const applied = await scene.run(["apply", id]);
    expect(applied).toMatchObject({ code: 0, stderr: "" });
    expect(applied.stdout).toContain(`bottle/${id}: 2 new commits, the last with 1 loose file\n`);
    expect(await git(scene, "show", `bottle/${id}:code.txt`)).toBe("one\ntwo\n");
    expect(await git(scene, "show", `bottle/${id}:new.txt`)).toBe("loose\n");
    expect(await git(scene, "log", "--format=%s", "main")).toBe("one\n");
    expect(await git(scene, "status", "--porcelain")).toBe("");
    expect(await readFile(join(scene.workspace, "code.txt"), "utf8")).toBe("one\n");
  });

  it("runs nothing that the bottle left in its repository", async () => {
    await using scene = await openRepository();
    const trap = join(scene.folder, "sprung");
    const id = await work(
      scene,
      `${identity} git config core.fsmonitor 'touch ${trap}'; git config filter.x.clean 'touch ${trap}; cat'; echo '* filter=x' > .gitattributes; mkdir -p .git/hooks; printf '#!/bin/sh\\ntouch ${trap}\\n' | tee .git/hooks/post-checkout .git/hooks/reference-transaction .git/hooks/post-index-change > .git/hooks/pre-commit; chmod +x .git/hooks/*; echo two > code.txt`,
    );
    expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    expect(await git(scene, "show", `bottle/${id}:code.txt`)).toBe("two\n");
    expect(await readdir(scene.folder)).not.toContain("sprung");
  });

  it("brings what was done since, and says so when there is nothing", async () => {
    await using scene = await openRepository();
    const id = await work(scene, "echo two > code.txt");
    expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    expect(await scene.run(["apply", id])).toMatchObject({
      code: 0,
      stdout: "Nothing new in the bottle.\n",
    });
    await git(scene, "branch", "-f", `bottle/${id}`, "main");
    await writeFile(join(scene.stateHome, "claude-bottle", id, "workspace", "more.txt"), "more\n");
    expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    expect(await git(scene, "show", `bottle/${id}:more.txt`)).toBe("more\n");
  });

  it("leaves dangerous files out until it is told to bring them, names them, and exits with 0", async () => {
    await using scene = await openRepository();
    const id = await work(
      scene,
      `${identity} mkdir .vscode; echo '{}' > .vscode/tasks.json; git add .; git commit -qm evil; echo two > code.txt; ln -s /etc/passwd link`,
    );
    const first = await scene.run(["apply", id]);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain(".vscode/tasks.json your editor runs or obeys it");
    expect(first.stdout).toContain("link is a link that leads out of the folder");
    expect(first.stdout).toContain("1 commit came without such files");
    expect(first.stdout).toContain(`bottle apply ${id} --include-dangerous`);
    expect(await git(scene, "ls-tree", "-r", "--name-only", `bottle/${id}`)).toBe("code.txt\n");
    expect((await scene.run(["rm", id])).stderr).toContain("E_BOTTLE_WORK");
    const second = await scene.run(["apply", id, "--include-dangerous", "--format", "json"]);
    expect(JSON.parse(second.stdout)).toMatchObject({ leftOut: [], rewritten: 0 });
    expect(await git(scene, "log", "--format=%s", `bottle/${id}`)).toContain("evil");
    expect(await scene.run(["rm", id])).toMatchObject({ code: 0 });
  });

  it("asks on a terminal, with the reasons, and brings them after a yes", async (context) => {
    need(context, lacksProgram("tmux"));
    await using scene = await openRepository();
    const id = await work(scene, "echo all: > Makefile; echo two > code.txt");
    const argv = [process.execPath, cliProgram, "apply", id].map(quote).join(" ");
    for (const [key, files] of [
      ["n", "code.txt\n"],
      ["y", "Makefile\ncode.txt\n"],
    ] as const) {
      const name = `apply-${key}-${id}`;
      await using terminal = await openTmux(name, argv, scene.env, scene.workspace);
      await expect.poll(() => terminal.screen(), patient).toContain("Bring them as well?");
      expect(await terminal.screen()).toContain("Makefile runs when the project is built");
      await terminal.type(key);
      await terminal.key("Enter");
      await expect.poll(() => terminal.exitCode(), patient).toBe(0);
      expect(await git(scene, "ls-tree", "-r", "--name-only", `bottle/${id}`)).toBe(files);
    }
  });

  it("writes into the folder itself, and is the only way for a folder without git", async () => {
    await using scene = await openScene(shell);
    await writeFile(join(scene.workspace, "code.txt"), "one\n");
    const id = await work(scene, "echo two > code.txt; echo new > new.txt");
    expect((await scene.run(["apply", id, "--to", "branch"])).stderr).toContain("E_APPLY_NOT_GIT");
    expect(await scene.run(["apply", id])).toMatchObject({
      code: 0,
      stdout: "2 files written into your folder.\n",
    });
    expect(await readFile(join(scene.workspace, "code.txt"), "utf8")).toBe("two\n");
    expect(await scene.run(["rm", id])).toMatchObject({ code: 0 });
  });

  it("names the files that stand in the way, and changes none", async () => {
    await using scene = await openRepository();
    const id = await work(scene, "echo two > code.txt; echo new > new.txt");
    await writeFile(join(scene.workspace, "code.txt"), "mine\n");
    const refused = await scene.run(["apply", id, "--to", "worktree"]);
    expect(refused.code).toBe(125);
    expect(refused.stderr).toMatch(
      /E_APPLY_CONFLICT[^]*code\.txt is not what the bottle was given/,
    );
    expect(await readdir(scene.workspace)).toEqual([".git", "code.txt"]);
  });

  it("knows no bottle that was not", async () => {
    await using scene = await openScene(shell);
    const result = await scene.run(["apply", "nobody-00000"]);
    expect(result.code).toBe(125);
    expect(result.stderr).toContain("E_RECORD_MISSING");
    expect(result.stderr).toContain(join(scene.stateHome, "claude-bottle"));
  });
});

describe("bottle audit", () => {
  it("says for people and for programs that a bottle never was, without an error of the system", async () => {
    await using scene = await openScene(shell);
    const result = await scene.run(["audit", "nobody-00000", "--format", "json"]);
    expect(result.code).toBe(125);
    expect(result.stderr).not.toContain("ENOENT");
    expect(JSON.parse(result.stdout)).toMatchObject({ errors: [{ code: "E_RECORD_MISSING" }] });
  });

  it("tells what the probes asked from what the agent asked", async () => {
    await using scene = await openScene(shell);
    const id = await work(
      scene,
      "curl -s -o /dev/null -x $http_proxy http://nowhere.example; true",
    );
    const [probes = "", agent = ""] = (await scene.run(["audit", id])).stdout.split(/^-- .*$/m);
    expect(probes).toContain("169.254.169.254");
    expect(probes).not.toContain("nowhere.example");
    expect(agent).toContain("nowhere.example");
    expect(agent).not.toContain("169.254.169.254");
  });

  it("prints what was asked for, and finds a changed and a cut log", async () => {
    await using scene = await openScene(shell);
    const id = await work(
      scene,
      "curl -s -o /dev/null -x $http_proxy http://nowhere.example/secret-path?q=1; true",
    );
    const printed = await scene.run(["audit", id]);
    expect(printed.stdout).toMatch(
      /refused {2}GET {2}http:\/\/nowhere\.example\/secret-path.* 403 {2}host-not-allowed/,
    );
    expect(await scene.run(["audit", id, "--verify"])).toMatchObject({ code: 0 });

    const file = join(scene.stateHome, "claude-bottle", id, "audit.jsonl");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("nowhere.example", "somehow.example"));
    expect(await scene.run(["audit", id, "--verify"])).toMatchObject({ code: 1 });
    await writeFile(file, text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
    const cut = await scene.run(["audit", id, "--verify", "--format", "json"]);
    expect(cut.code).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({ ok: false });
    await writeFile(file, text);
    expect(await scene.run(["audit", id, "--verify"])).toMatchObject({ code: 0 });
  });
});

describe("bottle doctor", () => {
  it("names every rung, and for each that is not there why", async () => {
    await using scene = await openScene(shell);
    const result = await scene.run(["doctor", "--format", "json"]);
    expect(result.code).toBe(0);
    const { rungs } = JSON.parse(result.stdout) as {
      rungs: { rung: string; available: boolean; detail: string }[];
    };
    expect(rungs.map(({ rung }) => rung)).toEqual(ladder);
    expect(rungs.every(({ detail }) => detail !== "")).toBe(true);
    expect(rungs[0]).toMatchObject({ available: true });
  });
});

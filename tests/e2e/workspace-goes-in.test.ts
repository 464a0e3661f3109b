/** The way in: what of the owner's folder a real bottle sees, and what the record says of it. */
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { git, makeRepository } from "./support/git.ts";

const manifest = (workspace: unknown): string =>
  JSON.stringify({
    version: 1,
    bottles: { e2e: { workspace } },
    agents: { e2e: { bottle: "e2e", provider: "shell" } },
  });

async function put(scene: Scene, path: string, text: string): Promise<void> {
  await mkdir(join(scene.workspace, path, ".."), { recursive: true });
  await writeFile(join(scene.workspace, path), text);
}

/** A repository with a secret amended away, a token in its config, and files of every kind. */
async function fill(scene: Scene): Promise<void> {
  await makeRepository(scene);
  await put(scene, "code.txt", "hunter2-amended\n");
  await git(scene, "commit", "-qam", "leaked");
  await put(scene, "code.txt", "two\n");
  await put(scene, ".gitignore", "out/\n");
  await git(scene, "add", "-A");
  await git(scene, "commit", "-q", "--amend", "-m", "two");
  await git(scene, "remote", "add", "origin", "https://me:hunter2-token@git.example.org/app.git");
  await git(scene, "config", "core.fsmonitor", "touch sprung");
  await put(scene, "out/build.log", "hunter2-ignored\n");
  await put(scene, ".env", "PASSWORD=hunter2-env\n");
  await chmod(join(scene.workspace, ".env"), 0o600);
  await put(scene, "new.txt", "new\n");
}

async function inside(scene: Scene, prompt: string): Promise<string> {
  const result = await scene.start(["--headless", "--yes", "--prompt", prompt]);
  expect(result).toMatchObject({ code: 0 });
  return result.stdout;
}

describe("a workspace goes in", () => {
  it("as a repository that works, without what was amended away, ignored, masked or logs in", async () => {
    await using scene = await openScene(manifest("clone"));
    await fill(scene);
    const seen = await inside(
      scene,
      `git status --porcelain; git log --format=%s; git remote get-url origin; stat -c '%s %a' .env; ls -A; ls .git/hooks .git/logs 2>/dev/null; grep -raq hunter2 . && echo LEAKED; for id in $(git cat-file --batch-all-objects --batch-check='%(objectname)'); do git cat-file -p $id | grep -aq hunter2 && echo LEAKED; done; exit 0`,
    );
    expect(seen.split("\n")).toEqual([
      "?? .env",
      "?? new.txt",
      "two",
      "one",
      "https://git.example.org/app.git",
      "0 600",
      ".env",
      ".git",
      ".gitignore",
      "code.txt",
      "new.txt",
      "",
    ]);
    expect(await readdir(scene.workspace)).not.toContain("sprung");
    expect(JSON.parse(await scene.record("workspace.json"))).toMatchObject({
      git: true,
      files: 4,
      masked: [".env"],
      maskedInHistory: [],
      exposed: [],
      dropped: ["core.fsmonitor", "remote.origin.url (userinfo)"],
      skipped: [],
      ignoredLeft: 1,
      base: null,
    });
  });

  it("with what the manifest names of ignored and secret files", async () => {
    await using scene = await openScene(
      manifest({ mode: "clone", refs: "current", ignored: ["out/*.log"], reveal: [".env"] }),
    );
    await fill(scene);
    await git(scene, "branch", "side", "HEAD~");
    const seen = await inside(scene, "cat .env out/build.log; git branch --format='%(refname)'");
    expect(seen).toBe("PASSWORD=hunter2-env\nhunter2-ignored\nrefs/heads/main\n");
  });

  it("and nothing comes back as changed that was only masked", async () => {
    await using scene = await openScene(manifest("clone"));
    await makeRepository(scene);
    await put(scene, ".env", "PASSWORD=hunter2\n");
    await git(scene, "add", "-A");
    await git(scene, "commit", "-qm", "with an .env");
    await put(scene, "server.key", "key\n");
    await inside(scene, "git status --porcelain > status.txt; cat .env server.key >> status.txt");
    const [id = ""] = await readdir(join(scene.stateHome, "claude-bottle"));
    const { stdout } = await scene.run(["diff", id, "--name-only"]);
    expect(stdout.trim()).toMatch(/^status\.txt$/m);
    expect(stdout).not.toMatch(/\.env|server\.key/);
    expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    expect(await git(scene, "show", `bottle/${id}:.env`)).toBe("PASSWORD=hunter2\n");
    expect(await git(scene, "show", `bottle/${id}:status.txt`)).toBe(
      "?? server.key\n?? status.txt\n",
    );
  });

  it("without a repository as plain files, listed in the record", async () => {
    await using scene = await openScene(manifest("clone"));
    await put(scene, "a/b.txt", "b\n");
    await inside(scene, "cat a/b.txt; test ! -e .git");
    expect(JSON.parse(await scene.record("workspace.json"))).toMatchObject({
      git: false,
      base: "base.jsonl",
    });
    expect(await scene.record("base.jsonl")).toContain('"path":"a/b.txt","kind":"file"');
  });
});

/** `bottle diff` on real bottles: what it shows, to whom, and that nothing of a bottle gets to a terminal as it is. */
import { chmod, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lacksProgram, need } from "../support/require.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { git, makeRepository } from "./support/git.ts";
import { manifestText } from "./support/manifest.ts";
import { openTmux, quote } from "./support/tmux.ts";
import type { Tmux } from "./support/tmux.ts";

const shell = manifestText({ provider: "shell" });
const patient = { timeout: 30_000, interval: 100 };
const identity = "git config user.email bot@bottle.example; git config user.name Bot;";

async function openRepository(): Promise<Scene> {
  const scene = await openScene(shell);
  await makeRepository(scene);
  return scene;
}

async function work(scene: Scene, prompt: string): Promise<string> {
  expect(await scene.start(["--headless", "--yes", "--prompt", prompt])).toMatchObject({ code: 0 });
  const [id = ""] = await readdir(join(scene.stateHome, "claude-bottle"));
  return id;
}

function onTerminal(
  scene: Scene,
  name: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Tmux> {
  const line = [process.execPath, cliProgram, ...argv].map(quote).join(" ");
  return openTmux(`diff-${name}-${process.pid}`, line, { ...scene.env, ...env }, scene.workspace);
}

describe("bottle diff", () => {
  it("shows commits, a table and the patch, the dangerous files first and with their reasons", async () => {
    await using scene = await openRepository();
    const id = await work(
      scene,
      `${identity} echo two >> code.txt; git commit -qam 'add two'; printf 'all:\\n\\ttrue\\n' > Makefile; rm -f nothing`,
    );
    const { stdout, stderr, code } = await scene.run(["diff", id]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^1 new commit on [0-9a-f]{10}, 2 files changed, 3 lines added, 0 removed\n/,
    );
    expect(stdout).toContain("add two\n");
    const [first = "", rest = ""] = stdout.split("The other changes");
    expect(first).toContain("Look at these first");
    expect(first).toContain("runs when the project is built");
    expect(first).toContain("+all:\n+\ttrue\n");
    expect(rest).toContain(" one\n+two\n");
    expect(stdout).not.toContain("\u001b");

    const stat = (await scene.run(["diff", id, "--stat"])).stdout;
    expect(stat).toContain("code.txt | changed 1 +");
    expect(stat).not.toContain("@@");
    expect((await scene.run(["diff", id, "--name-only"])).stdout).toBe("Makefile\ncode.txt\n");
    const json = JSON.parse((await scene.run(["diff", id, "--format", "json"])).stdout) as object;
    expect(json).toMatchObject({
      id,
      repository: true,
      commitCount: 1,
      commits: [{ author: "Bot <bot@bottle.example>", subject: "add two" }],
      files: [
        {
          path: "Makefile",
          before: null,
          after: { mode: "100644", size: 11 },
          marks: [{ kind: "build" }],
        },
        {
          path: "code.txt",
          before: { size: 4 },
          after: { size: 8 },
          lines: { added: 1, removed: 0 },
          marks: [],
        },
      ],
    });
  });

  it("says so when nothing changed", async () => {
    await using scene = await openRepository();
    const id = await work(scene, "true");
    expect((await scene.run(["diff", id])).stdout).toBe("Nothing changed in the bottle.\n");
  });

  it("lets no byte of a bottle through as it is: names, content, commits, branches", async () => {
    await using scene = await openRepository();
    const odd = "\\033]52;c;ZXZpbA==\\007\\033[2J\\302\\233\\342\\200\\256\\377\\rX";
    const id = await work(
      scene,
      `${identity} printf 'content ${odd}\\n' > "$(printf 'name ${odd}\\n.txt')"; ln -s "$(printf 'to ${odd}')" "$(printf 'link ${odd}')"; printf '\\000${odd}' > "$(printf 'binary ${odd}')"; git add .; git commit -qm "$(printf 'subject ${odd}')" --author "$(printf 'author ${odd}') <x@y>"; git checkout -q -b side; git commit -q --allow-empty -m x; git branch -m "$(printf 'b\\342\\200\\256ranch')"; git checkout -q main; printf 'x' > "$(printf '.env\\033[31m')"`,
    );
    for (const args of [[], ["--stat"], ["--name-only"], ["--format", "json"]]) {
      const { stdout, code } = await scene.run(["diff", id, ...args]);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(/[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u);
      expect(stdout).toContain("name ");
    }
    const { stdout } = await scene.run(["diff", id]);
    expect(stdout).toContain(
      "+content \\x1b]52;c;ZXZpbA==\\x07\\x1b[2J\\x9b\\u{202e}\\xff\\x0dX\n",
    );
    const applied = await scene.run(["apply", id]);
    expect(applied.stdout).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u);
  });

  it("looks into a bottle that runs", async () => {
    await using scene = await openRepository();
    const running = scene.spawnStart([
      "--headless",
      "--yes",
      "--prompt",
      "echo two >> code.txt; echo written; while true; do sleep 0.1; date > new.txt; done",
    ]);
    await expect.poll(() => running.stdout(), patient).toContain("written");
    const [id = ""] = await readdir(join(scene.stateHome, "claude-bottle"));
    const { stdout, code } = await scene.run(["diff", id]);
    expect(code).toBe(0);
    expect(stdout).toContain("+two");
    expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    expect(await git(scene, "show", `bottle/${id}:code.txt`)).toBe("one\ntwo\n");
    expect(await scene.run(["stop", id])).toMatchObject({ code: 0 });
    await running.ended;
  });

  it("knows no bottle that was not, and none that worked on the folder itself", async () => {
    await using scene = await openScene(shell);
    expect((await scene.run(["diff", "nobody-00000"])).stderr).toContain("E_RECORD_MISSING");
  });
});

describe("bottle diff on a terminal", () => {
  it("is coloured, and not against NO_COLOR", async (context) => {
    need(context, lacksProgram("tmux"));
    await using scene = await openRepository();
    const id = await work(scene, "echo two > code.txt");
    const out = join(scene.folder, "out");
    // The pager keeps what it gets.
    for (const [name, env, coloured] of [
      ["colour", {}, true],
      ["plain", { NO_COLOR: "1" }, false],
    ] as const) {
      await using terminal = await onTerminal(scene, name, ["diff", id], {
        ...env,
        PAGER: `tee ${out}`,
      });
      await expect.poll(() => terminal.exitCode(), patient).toBe(0);
      const text = await readFile(out, "utf8");
      expect(text.includes("\u001b[32m+two\u001b[0m")).toBe(coloured);
      expect(text.includes("\u001b[31m-one\u001b[0m")).toBe(coloured);
      expect(text).toContain("+two");
    }
  });

  it("goes through the owner's pager, whose preprocessor does not run, and ends when he leaves", async (context) => {
    need(context, lacksProgram("tmux", "less"));
    await using scene = await openRepository();
    const id = await work(scene, "seq 1 20000 > long.txt; echo all: > Makefile");
    const open = join(scene.folder, "open.sh");
    await writeFile(open, `#!/bin/sh\ntouch ${join(scene.folder, "sprung")}\n`);
    await chmod(open, 0o755);
    await using terminal = await onTerminal(scene, "pager", ["diff", id], {
      LESSOPEN: `|-${open} %s`,
      LESS: undefined,
      PAGER: undefined,
    });
    await expect.poll(() => terminal.screen(), patient).toContain("Look at these first");
    await terminal.type("q");
    await expect.poll(() => terminal.exitCode(), patient).toBe(0);
    expect(await readdir(scene.folder)).not.toContain("sprung");
    await using whole = await onTerminal(scene, "whole", ["diff", id, "--no-pager"]);
    await expect.poll(() => whole.exitCode(), patient).toBe(0);
    expect(await whole.screen()).toContain("+20000");
  });
});

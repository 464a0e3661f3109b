import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openClaude } from "./support/claude.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { git, makeRepository } from "./support/git.ts";
import { manifestText } from "./support/manifest.ts";
import { openTmux, quote } from "./support/tmux.ts";
import type { Tmux } from "./support/tmux.ts";

const patient = { timeout: 30_000, interval: 100 };

let terminals = 0;

function openTerminal(scene: Scene, ...args: readonly string[]): Promise<Tmux> {
  terminals += 1;
  const argv = [process.execPath, cliProgram, ...args];
  const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}-${terminals}`;
  return openTmux(name, argv.map(quote).join(" "), scene.env, scene.workspace);
}

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly attached: number;
  readonly changed: number | null;
  readonly requests: number;
  readonly pid: number;
}

async function list(scene: Scene): Promise<readonly Listed[]> {
  const { stdout, stderr, code } = await scene.run(["ps", "--all", "--format", "json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly Listed[];
}

async function theOne(scene: Scene): Promise<Listed> {
  const [one] = await list(scene);
  if (one === undefined) throw new Error("there is no bottle");
  return one;
}

/** Ends the newest process of ours that is attached, as the kernel would. */
async function killClient(scene: Scene, words: readonly string[]): Promise<void> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const argv = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    const environ = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    if (words.every((word) => argv.split("\0").includes(word)) && environ.includes(scene.stateHome))
      process.kill(Number(name), "SIGKILL");
  }
}

describe("a bottle has a life of its own", () => {
  it("is started, left, seen, killed at, come back to, looked into, applied and removed", async () => {
    const write = {
      kind: "bash" as const,
      command:
        "echo from the bottle > made.txt; git add made.txt; git -c user.name=Bot -c user.email=bot@bottle.example commit -qm made",
    };
    await using claude = await openClaude({
      turns: [write, { kind: "text", text: "the file is made" }],
    });
    const { scene } = claude;
    await makeRepository(scene);
    const where = ["--manifest", scene.manifest, "--workspace", scene.workspace];

    const started = await scene.run(["start", ...where, "--yes", "--detach"]);
    expect(started).toMatchObject({ code: 0 });
    const id = started.stdout.trim();
    expect(id).toMatch(/^e2e-[a-z0-9]{5}$/);
    expect(await theOne(scene)).toMatchObject({ id, state: "running", attached: 0 });

    await using first = await openTerminal(scene, "attach", id);
    await expect.poll(() => first.screen(), patient).toContain("bypass permissions on");
    await first.type("make the file");
    await expect.poll(() => first.screen(), patient).toContain("make the file");
    await first.key("Enter");
    await expect.poll(() => first.screen(), patient).toContain("the file is made");
    expect(await theOne(scene)).toMatchObject({ attached: 1 });

    await killClient(scene, ["attach", id]);
    await expect.poll(async () => (await theOne(scene)).attached, patient).toBe(0);
    await using second = await openTerminal(scene, "attach", id);
    await expect.poll(() => second.screen(), patient).toContain("the file is made");
    await second.type("still there");
    await expect.poll(() => second.screen(), patient).toContain("still there");
    await second.key("C-p");
    await second.key("C-q");
    await expect.poll(() => second.exitCode(), patient).toBe(0);
    expect(await theOne(scene)).toMatchObject({ state: "running", attached: 0 });
    expect((await theOne(scene)).changed).toBeGreaterThanOrEqual(1);

    expect(await scene.run(["rm", id])).toMatchObject({ code: 1 });
    expect((await scene.run(["stop", id])).stdout).toBe(`${id}: stopped\n`);
    const kept = await scene.run(["rm", id]);
    expect(kept.code).toBe(1);
    expect(kept.stderr).toContain("E_BOTTLE_WORK");
    const shown = await scene.run(["logs", id]);
    expect(shown.stdout).toContain("the file is made");

    expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    expect(await git(scene, "show", `bottle/${id}:made.txt`)).toBe("from the bottle\n");
    expect(await scene.run(["rm", "--discard-work", id])).toMatchObject({
      code: 0,
      stdout: `${id}: removed\n`,
    });
    expect(await list(scene)).toEqual([]);
    expect((await readdir(join(scene.stateHome, "claude-bottle-keys"))).join()).not.toContain(id);
    expect(await scene.run(["cleanup"])).toMatchObject({ code: 0 });
  });
});

describe("a bottle is resumed", () => {
  it("with its workspace, its home and its conversation", async () => {
    await using claude = await openClaude({
      turns: [
        { kind: "text", text: "the first answer" },
        { kind: "text", text: "the second answer" },
      ],
    });
    const { scene, model } = claude;
    const first = await claude.ask();
    expect(first.code).toBe(0);
    const { id } = await theOne(scene);
    const again = await scene.run(["resume", id, "--headless", "--yes", "--prompt", "And now?"]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("the second answer");
    const asked = JSON.stringify(model.requests.filter(({ method }) => method === "POST").at(-1));
    expect(asked).toContain("the first answer");
    expect(await theOne(scene)).toMatchObject({ id, state: "exited" });
    expect((await scene.run(["audit", id, "--verify"])).stdout).toContain("nothing changed");
  });

  it("with the files of a killed one", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const where = ["--manifest", scene.manifest, "--workspace", scene.workspace];
    const started = await scene.run([
      "start",
      ...where,
      "--yes",
      "--headless",
      "--detach",
      "--prompt",
      "echo half > work.txt; sleep 300",
    ]);
    const id = started.stdout.trim();
    await expect.poll(async () => (await theOne(scene)).changed, patient).toBe(1);
    process.kill((await theOne(scene)).pid, "SIGKILL");
    await expect.poll(async () => (await theOne(scene)).state, patient).toBe("lost");
    const again = await scene.run([
      "resume",
      id,
      "--yes",
      "--headless",
      "--prompt",
      "cat work.txt; echo done",
    ]);
    expect(again).toMatchObject({ code: 0, stdout: "half\ndone\n" });
    expect((await scene.run(["audit", id, "--verify"])).code).toBe(0);
  });
});

describe("the agent's input", () => {
  it("ends at once where the command's own is closed, new and prepared", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const ask = ["--yes", "--headless", "--prompt", "cat; echo over"];
    expect(await scene.start(ask)).toMatchObject({ code: 0, stdout: "over\n" });
    await scene.run(["prepare", "--headless", "--manifest", scene.manifest]);
    expect(await scene.start(ask)).toMatchObject({ code: 0, stdout: "over\n" });
  });
});

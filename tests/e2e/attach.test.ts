/** Several terminals at one bottle, and what it wrote when nobody looked. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";
import { openTmux, quote } from "./support/tmux.ts";
import type { Tmux } from "./support/tmux.ts";

const patient = { timeout: 30_000, interval: 100 };

let terminals = 0;

function openTerminal(scene: Scene, ...args: readonly string[]): Promise<Tmux> {
  terminals += 1;
  const argv = [process.execPath, cliProgram, ...args];
  const name = `attach-${scene.folder.split("-").at(-1) ?? ""}-${terminals}`;
  return openTmux(name, argv.map(quote).join(" "), scene.env, scene.workspace);
}

async function startShell(prompt: string, ...more: readonly string[]): Promise<[Scene, string]> {
  const scene = await openScene(manifestText({ provider: "shell" }));
  const words = prompt === "" ? [] : ["--prompt", prompt];
  const started = await scene.start(["--yes", "--detach", ...words, ...more]);
  if (started.code !== 0) throw new Error(started.stderr);
  return [scene, started.stdout.trim()];
}

describe("bottle attach", () => {
  it("lets one type and others watch, and hands the keys over when asked", async () => {
    const [opened, id] = await startShell("");
    await using scene = opened;
    await using first = await openTerminal(scene, "attach", id);
    await expect.poll(() => first.screen(), patient).toMatch(/[$#] *$/m);
    await first.type("echo one $((1+1))");
    await first.key("Enter");
    await expect.poll(() => first.screen(), patient).toContain("one 2");

    await using second = await openTerminal(scene, "attach", id);
    await expect.poll(() => second.screen(), patient).toContain("one 2");
    expect(await second.screen()).toContain("you watch");
    await second.type("x");
    await first.type("echo two $((1+2))");
    await first.key("Enter");
    await expect.poll(() => second.screen(), patient).toContain("two 3");
    expect(await first.screen()).not.toContain("xecho");

    await using third = await openTerminal(scene, "attach", "--take", id);
    await expect.poll(() => first.screen(), patient).toContain("another terminal types now");
    await third.type("echo three $((1+3)); stty size");
    await third.key("Enter");
    await expect.poll(() => second.screen(), patient).toContain("three 4");
    await expect.poll(() => third.screen(), patient).toContain("30 100");

    await second.key("q");
    await expect.poll(() => second.exitCode(), patient).toBe(0);
    await third.type("exit 7");
    await third.key("Enter");
    await expect.poll(() => third.exitCode(), patient).toBe(7);
    await expect.poll(() => first.exitCode(), patient).toBe(7);
  });

  it("needs no id where one bottle runs, and says what to do where none does", async () => {
    const [opened, id] = await startShell("echo here; sleep 60");
    await using scene = opened;
    await using terminal = await openTerminal(scene, "attach");
    await expect.poll(() => terminal.screen(), patient).toContain("here");
    await scene.run(["stop", id]);
    const none = await scene.run(["attach"]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("No bottle runs");
    const ended = await scene.run(["attach", id]);
    expect(ended.stderr).toMatch(/E_BOTTLE_GONE[^]*bottle resume/);
    const near = await scene.run(["attach", id.slice(0, -1)]);
    expect(near.stderr).toMatch(/E_RECORD_MISSING/);
  });

  it("into a pipe shows a run without a terminal from its last output on", async () => {
    const [opened, id] = await startShell("echo early; sleep 1; echo late; exit 3", "--headless");
    await using scene = opened;
    const joined = await scene.run(["attach", id]);
    expect(joined).toMatchObject({ code: 3, stdout: "early\nlate\n" });
  });
});

describe("bottle logs", () => {
  it("follows to the end, tells output from errors, and replays at its pace", async () => {
    const [opened, id] = await startShell(
      "echo one; echo two >&2; sleep 1; echo three",
      "--headless",
    );
    await using scene = opened;
    const followed = await scene.run(["logs", "-f", id]);
    expect(followed).toMatchObject({ code: 0, stdout: "one\nthree\n", stderr: "two\n" });
    const begun = performance.now();
    const replayed = await scene.run(["logs", "--replay", "--speed", "4", id]);
    expect(replayed.stdout).toBe("one\nthree\n");
    // The pause of a second is there, a fourth of it; how long all of it takes is no matter.
    expect(performance.now() - begun).toBeGreaterThan(230);
    expect((await scene.run(["logs", "e2e-00000"])).stderr).toContain("E_RECORD_MISSING");
  });

  it("keeps nothing that would make a terminal act, neither in the file nor on a screen", async () => {
    const hostile = String.raw`printf '\033]52;c;aGk=\007\033[21tvisible\033P+q\033\\\033]0;title\007\n'`;
    const [opened, id] = await startShell(`${hostile}; sleep 60`);
    await using scene = opened;
    await expect
      .poll(async () => (await scene.run(["logs", id])).stdout, patient)
      .toContain("visible");
    const file = await readFile(
      join(scene.stateHome, "claude-bottle", id, "transcript.cast"),
      "utf8",
    );
    expect(file).not.toContain("]52;");
    expect(file).not.toContain("[21t");
    expect(file).not.toContain("P+q");
    await using terminal = await openTerminal(scene, "attach", id);
    await expect.poll(() => terminal.screen(), patient).toContain("visible");
    await scene.run(["stop", id]);
    expect(await readdir(join(scene.stateHome, "claude-bottle"))).toEqual([id]);
  });
});

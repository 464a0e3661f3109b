import { describe, expect, it } from "vitest";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { openClaude } from "./support/claude.ts";
import { manifestText } from "./support/manifest.ts";
import { openTmux, quote } from "./support/tmux.ts";
import type { Tmux } from "./support/tmux.ts";

interface Timing {
  readonly startedAt: number;
  readonly phases: Readonly<Record<string, number>>;
}

const patient = { timeout: 30_000, interval: 100 };

function openTerminal(scene: Scene, ...args: readonly string[]): Promise<Tmux> {
  const where = ["--manifest", scene.manifest, "--workspace", scene.workspace];
  const argv = [process.execPath, cliProgram, "start", ...where, ...args];
  const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}`;
  return openTmux(name, argv.map(quote).join(" "), scene.env, scene.workspace);
}

describe("an interactive start on a terminal", () => {
  it("shows the prompt, answers what is typed, follows the window's size, and ends when told", async () => {
    const answer = "the answer on the screen";
    await using claude = await openClaude({ turns: [{ kind: "text", text: answer }] });
    await using terminal = await openTerminal(claude.scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toContain("bypass permissions on");
    await terminal.type("hello there");
    await expect.poll(() => terminal.screen(), patient).toContain("hello there");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toContain(answer);
    await terminal.resize(60, 24);
    await expect
      .poll(async () => Math.max(...(await ruleLengths(terminal))), patient)
      .toBeLessThanOrEqual(60);
    await terminal.key("C-c");
    await expect.poll(() => terminal.screen(), patient).toContain("again to exit");
    await terminal.key("C-c");
    await expect.poll(() => terminal.exitCode(), patient).toBe(0);
  });

  it("makes no connection outside of the route door while it idles", async () => {
    await using claude = await openClaude({ turns: [] });
    await using terminal = await openTerminal(claude.scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toContain("bypass permissions on");
    // Everything the agent starts by itself it starts with its prompt; the wait gives it room.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await terminal.key("C-c");
    await expect.poll(() => terminal.screen(), patient).toContain("again to exit");
    await terminal.key("C-c");
    await expect.poll(() => terminal.exitCode(), patient).toBe(0);
    const timing = JSON.parse(await claude.scene.record("timing.json")) as Timing;
    // The proof's own knocks at the proxy door come before the agent starts.
    const agentStarted = timing.startedAt + (timing.phases["agent"] ?? Number.NaN);
    const audit = await claude.scene.audit();
    const later = audit.filter((line) => line.at >= agentStarted);
    const outside = later.filter((line) => line.door === "proxy" || line.event === "refused");
    expect(outside).toEqual([]);
    expect(claude.model.requests.filter((request) => request.method !== "HEAD")).toEqual([]);
  });

  it("gives a shell a terminal of the window's size, job control, and Ctrl-C for the command alone", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    await using terminal = await openTerminal(scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toMatch(/[$#] *$/m);
    await terminal.type("stty size; tty");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^30 100\n\/dev\/\w+/m);
    await terminal.resize(80, 20);
    await terminal.type("clear; stty size");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^20 80$/m);
    await terminal.type("echo go; sleep 1000 && echo never");
    await terminal.key("Enter");
    // Not before it runs: Ctrl-C throws away what a terminal has not handed on yet.
    await expect.poll(() => terminal.screen(), patient).toMatch(/^go$/m);
    await terminal.key("C-c");
    await terminal.type("echo still $((40+2)); exit 9");
    await terminal.key("Enter");
    await expect.poll(() => terminal.exitCode(), patient).toBe(9);
    expect(await terminal.screen()).toContain("still 42");
  });

  it("shows the plan and asks; no means that nothing is started", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    await using terminal = await openTerminal(scene);
    await expect.poll(() => terminal.screen(), patient).toContain("Start it? [y/N]");
    expect(await terminal.screen()).toContain("a private copy");
    await terminal.key("Enter");
    await expect.poll(() => terminal.exitCode(), patient).toBe(3);
    await expect(scene.record("state.json")).rejects.toThrow();
  });

  it("starts after a yes, and what is typed then reaches the agent", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    await using terminal = await openTerminal(scene);
    await expect.poll(() => terminal.screen(), patient).toContain("Start it? [y/N]");
    await terminal.type("y");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/[$#] *$/m);
    await terminal.type("echo typed $((40+2)); exit 6");
    await terminal.key("Enter");
    await expect.poll(() => terminal.exitCode(), patient).toBe(6);
    expect(await terminal.screen()).toContain("typed 42");
    expect(await terminal.screen()).toContain("ended with 6; its files are in");
  });
});

/** Lengths of the horizontal rules that Claude Code draws across the window. */
async function ruleLengths(terminal: Tmux): Promise<readonly number[]> {
  const lines = (await terminal.screen()).split("\n").map((line) => line.trimEnd());
  return lines.filter((line) => /^─{10,}/.test(line)).map((line) => line.length);
}

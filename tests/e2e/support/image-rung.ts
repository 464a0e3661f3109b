/** What a user sees of a rung whose bottles are containers, the same whatever runs them. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import type { RungName } from "../../../src/manifest/manifest.ts";
import type { TestDaemon } from "../../support/docker/daemon.ts";
import { openClaude } from "./claude.ts";
import { cliProgram, openScene } from "./cli.ts";
import type { CliResult, Scene } from "./cli.ts";
import { openTmux, quote } from "./tmux.ts";
import type { Tmux } from "./tmux.ts";

const patient = { timeout: 30_000, interval: 100 };

/** A manifest with one bottle of that rung and a shell. */
export function shellOn(rung: RungName): string {
  return `version: 1
bottles: {dev: {rung: ${rung}}}
agents: {me: {bottle: dev, provider: shell}}
`;
}

/** Everything that the daemon has, running or not. */
export async function containersOf({ engine }: TestDaemon): Promise<unknown> {
  return engine.call("GET", "/containers/json", { query: { all: "1" } });
}

function openTerminal(rung: RungName, scene: Scene, ...args: readonly string[]): Promise<Tmux> {
  const where = ["--manifest", scene.manifest, "--workspace", scene.workspace];
  const argv = [process.execPath, cliProgram, "start", ...where, "--rung", rung, ...args];
  const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}`;
  return openTmux(name, argv.map(quote).join(" "), scene.env, scene.workspace);
}

/** The cases; to be called in a `describe`. */
export function imageRung(rung: RungName, daemon: () => TestDaemon): void {
  it("holds every check of the demo with the real Claude Code, and leaves no container", async () => {
    await using scene = await openScene(shellOn(rung));
    const result = await scene.run(["demo", "--rung", rung, "--json"]);
    const line = JSON.parse(result.stdout) as {
      readonly ok: boolean;
      readonly rung: string;
      readonly checks: readonly { readonly ok: boolean }[];
    };
    expect(line.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(line).toMatchObject({ ok: true, rung });
    expect(line.checks.length).toBeGreaterThanOrEqual(30);
    expect(result.code).toBe(0);
    expect(await containersOf(daemon())).toEqual([]);
  });

  it("gives a shell a terminal of the window's size, job control, and Ctrl-C for the command alone", async () => {
    await using scene = await openScene(shellOn(rung));
    await using terminal = await openTerminal(rung, scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toMatch(/[$#] *$/m);
    await terminal.type("stty size; tty");
    await terminal.key("Enter");
    await expect
      .poll(() => terminal.screen(), patient)
      .toMatch(
        // gVisor hands its terminal on without a name (ttyname(3)).
        rung === "gvisor" ? /^30 100\nnot a tty/m : /^30 100\n\/dev\/pts\/0/m,
      );
    await terminal.resize(80, 20);
    await terminal.type("clear; stty size");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^20 80$/m);
    await terminal.type("echo go; sleep 1000 && echo never");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^go$/m);
    await terminal.key("C-z");
    await expect.poll(() => terminal.screen(), patient).toContain("Stopped");
    await terminal.type("clear; jobs; fg");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^sleep 1000/m);
    await terminal.key("C-c");
    await terminal.type("echo still $((40+2)); exit 9");
    await terminal.key("Enter");
    await expect.poll(() => terminal.exitCode(), patient).toBe(9);
    expect(await terminal.screen()).toContain("still 42");
  });

  it("takes Docker's own keys for what they are: typed text", async () => {
    await using scene = await openScene(shellOn(rung));
    await using terminal = await openTerminal(rung, scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toMatch(/[$#] *$/m);
    await terminal.type("clear; echo go; cat -v");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^go$/m);
    for (const key of ["C-p", "x", "Enter"]) await terminal.key(key);
    await expect.poll(() => terminal.screen(), patient).toMatch(/^\^Px$/m);
    await terminal.key("C-d");
    await terminal.type("exit 4");
    await terminal.key("Enter");
    await expect.poll(() => terminal.exitCode(), patient).toBe(4);
  });

  it("runs Claude Code at a terminal", async () => {
    const answer = "the answer on the screen";
    await using claude = await openClaude({ turns: [{ kind: "text", text: answer }] });
    await using terminal = await openTerminal(rung, claude.scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toContain("bypass permissions on");
    await terminal.type("hello there");
    await expect.poll(() => terminal.screen(), patient).toContain("hello there");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toContain(answer);
    await terminal.key("C-c");
    await expect.poll(() => terminal.screen(), patient).toContain("again to exit");
    await terminal.key("C-c");
    await expect.poll(() => terminal.exitCode(), patient).toBe(0);
  });

  it("serves an ordinary user of the daemon's group, as whom its bottle runs and no more", async () => {
    await using scene = await openScene(shellOn(rung));
    const user = 12_345;
    const group = 12_399;
    chownSync(daemon().socket, 0, group);
    chmodSync(daemon().socket, 0o660);
    chmodSync(dirname(daemon().socket), 0o711);
    const runtime = join(scene.folder, "run");
    mkdirSync(runtime, { mode: 0o700 });
    for (const path of [scene.folder, scene.workspace, scene.manifest, runtime])
      chownSync(path, user, user);
    const asUser = (groups: string): CliResult => {
      const ids = ["--reuid", String(user), "--regid", String(user), "--groups", groups];
      const start = ["start", "--manifest", scene.manifest, "--workspace", scene.workspace];
      const more = ["--headless", "--yes", "--prompt", "id -u; id -G; echo x > made"];
      const { status, stdout, stderr } = spawnSync(
        "setpriv",
        [...ids, process.execPath, cliProgram, ...start, ...more],
        { env: { ...scene.env, HOME: scene.folder, XDG_RUNTIME_DIR: runtime }, encoding: "utf8" },
      );
      return { code: status, stdout, stderr };
    };
    expect(asUser(`${user},${group}`)).toMatchObject({ code: 0, stdout: `${user}\n${user}\n` });
    const refused = asUser(String(user));
    expect(refused.code).toBe(125);
    expect(refused.stderr).toContain("this user may not use the Docker daemon");
  });
}

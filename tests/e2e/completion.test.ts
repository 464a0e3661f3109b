/** The completion of real shells: what they offer for unfinished lines, and what they never do. */
import { spawnSync } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readProcess } from "../../src/host/process.ts";
import { lacksProgram, need } from "../support/require.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { openTmux, quote } from "./support/tmux.ts";

const agents = ["claude", "claude-two", "reviewer"];
const running = "claude-aaaa1";
const ended = "claude-bbbb2";
const lost = "reviewer-cccc3";
/** Names that a shell would obey, as folders among the records. */
const hostile = ["$(touch pwned)-00000", "a;touch pwned", "x\ny-00000", "-rf-00000", "`id`"];

const patient = { timeout: 30_000, interval: 100 };

/** Three agents, three bottles, and folders that nobody of ours made. */
async function openDesk(): Promise<Scene> {
  const manifest = {
    version: 1,
    bottles: { dev: {} },
    agents: Object.fromEntries(agents.map((name) => [name, { bottle: "dev" }])),
  };
  const scene = await openScene(JSON.stringify(manifest));
  const user = join(scene.folder, "config/claude-bottle");
  await mkdir(user, { recursive: true });
  await writeFile(join(user, "bottles.json"), JSON.stringify(manifest), { mode: 0o600 });
  const alive = { pid: process.pid, ticks: readProcess(process.pid)?.started };
  const states = {
    [running]: { state: "running", ...alive },
    [ended]: { state: "exited", ...alive },
    [lost]: { state: "running", pid: process.pid, ticks: 1 },
  };
  const records = join(scene.stateHome, "claude-bottle");
  for (const [id, state] of Object.entries(states)) {
    await mkdir(join(records, id), { recursive: true });
    await writeFile(join(records, id, "state.json"), JSON.stringify({ version: 1, ...state }));
  }
  for (const name of hostile) await mkdir(join(records, name));
  return scene;
}

/** What bash would offer; the line is cut into words as readline does it, at `=` too. */
function bash(scene: Scene, script: string, words: readonly string[]): readonly string[] {
  const program = `
    eval "$1"; shift
    complete -p bottle >/dev/null || exit 9
    COMP_WORDS=(bottle "$@"); COMP_CWORD=$#
    _bottle
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "--noprofile", "-c", program, "bash", script, ...words];
  const ran = spawnSync("bash", args, { env: scene.env, cwd: scene.workspace, encoding: "utf8" });
  expect({ stderr: ran.stderr, status: ran.status }).toEqual({ stderr: "", status: 0 });
  return ran.stdout.split("\n").filter((line) => line !== "");
}

async function scriptOf(scene: Scene, shell: string): Promise<string> {
  const { code, stdout } = await scene.run(["completion", shell]);
  expect(code).toBe(0);
  return stdout;
}

describe("completion in bash", () => {
  it("is registered with the name bottle, and with file names where nothing else is known", async () => {
    await using scene = await openDesk();
    const program = 'eval "$1"; complete -p bottle';
    const script = await scriptOf(scene, "bash");
    const ran = spawnSync("bash", ["--norc", "-c", program, "bash", script], { encoding: "utf8" });
    expect(ran.stdout).toBe("complete -o default -F _bottle bottle\n");
  });

  it("offers commands, flags, values, agents, and of the bottles those that a command is for", async () => {
    await using scene = await openDesk();
    const script = await scriptOf(scene, "bash");
    const all = [running, ended, lost];
    const cases: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
      [["st"], ["start", "stop"]],
      [["start", ""], agents],
      [["start", "claude-"], ["claude-two"]],
      [["info", "rev"], ["reviewer"]],
      [["prepare", ""], agents],
      [["start", "--ma"], ["--manifest"]],
      [["start", "--rung", ""], expect.arrayContaining(["namespace", "auto"]) as string[]],
      [["start", "--rung", "names"], ["namespace"]],
      [
        ["ps", "--format", ""],
        ["text", "json"],
      ],
      [
        ["ps", "--format", "="],
        ["text", "json"],
      ],
      [["ps", "--format", "=", "j"], ["json"]],
      [
        ["ps", ""],
        ["--all", "--watch", "--format"],
      ],
      [
        ["completion", ""],
        ["bash", "zsh", "fish"],
      ],
      [["bench", "b"], ["boot"]],
      [["attach", ""], [running]],
      [["stop", "c"], [running]],
      [
        ["resume", ""],
        [ended, lost],
      ],
      [
        ["rm", ""],
        [ended, lost],
      ],
      [["rm", ended, ""], [lost]],
      [["logs", ""], all],
      [["apply", ""], all],
      [["audit", "--verify", "claude-b"], [ended]],
    ];
    for (const [words, offered] of cases)
      expect(bash(scene, script, words), words.join(" ")).toEqual(offered);
  });

  it("goes by the manifest that the line names", async () => {
    await using scene = await openDesk();
    const script = await scriptOf(scene, "bash");
    const other = { version: 1, bottles: { b: {} }, agents: { elsewhere: { bottle: "b" } } };
    await writeFile(join(scene.workspace, "other.json"), JSON.stringify(other), { mode: 0o600 });
    for (const words of [
      ["start", "--manifest", "other.json", ""],
      ["start", "--manifest", "=", "other.json", ""],
    ])
      expect(bash(scene, script, words)).toEqual(["elsewhere"]);
  });

  it.each([
    ["behind --", ["start", "--", ""]],
    ["for a command that is none", ["nonsense", ""]],
    ["for a flag that is none", ["ps", "--nonsense", ""]],
    ["for a free text", ["start", "--prompt", ""]],
    ["for a word with a quote", ["start", '"cla']],
    ["for too many words", ["apply", ended, "x"]],
  ])("offers nothing %s", async (_name, words) => {
    await using scene = await openDesk();
    expect(bash(scene, await scriptOf(scene, "bash"), words)).toEqual([]);
  });

  it("obeys no name that it finds", async () => {
    await using scene = await openDesk();
    const script = await scriptOf(scene, "bash");
    for (const words of [
      ["logs", ""],
      ["logs", "$"],
      ["logs", "-"],
      ["start", "$(touch pwned)"],
    ])
      for (const offered of bash(scene, script, words)) expect(offered).toMatch(/^[a-z0-9-]+$/);
    await expect(access(join(scene.workspace, "pwned"))).rejects.toThrow();
  });
});

describe("what the scripts call", () => {
  it.each<[string, (scene: Scene) => Promise<unknown>, readonly string[]]>([
    [
      "a broken manifest",
      (scene) => writeManifest(scene, "version: 1\nagents: [\n"),
      ["start", ""],
    ],
    ["a manifest with faults", (scene) => writeManifest(scene, "version: 9\n"), ["start", "x"]],
    [
      "records that are a file",
      async (scene) => {
        await mkdir(join(scene.folder, "other"));
        await writeFile(join(scene.folder, "other/claude-bottle"), "");
        scene.env["XDG_STATE_HOME"] = join(scene.folder, "other");
      },
      ["logs", "x"],
    ],
    [
      "a state that is no JSON",
      (scene) => writeFile(join(scene.stateHome, "claude-bottle", running, "state.json"), "{"),
      ["attach", ""],
    ],
  ])("says nothing at all on %s, not even an error", async (_name, spoil, words) => {
    await using scene = await openDesk();
    await spoil(scene);
    const asked = await scene.run(["__complete", "bash", "--", ...words]);
    const flags = asked.stdout.split("\n").every((line) => line === "" || line.startsWith("--"));
    expect({ code: asked.code, stderr: asked.stderr, flags }).toEqual({
      code: 0,
      stderr: "",
      flags: true,
    });
  });

  it("knows no other shell, and stands in no list of commands", async () => {
    await using scene = await openDesk();
    const asked = await scene.run(["__complete", "powershell", "--", "st"]);
    expect(asked).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await scene.run(["--help"])).stdout).not.toContain("__complete");
    expect((await scene.run(["__complet"])).stderr).not.toMatch(/did you mean/);
    expect((await scene.run(["completion", "bsh"])).code).toBe(2);
  });
});

describe("completion in fish", () => {
  it("offers the same with a word about each, and files where nothing else is known", async (context) => {
    need(context, lacksProgram("fish"));
    await using scene = await openDesk();
    const script = join(scene.folder, "bottle.fish");
    await writeFile(script, await scriptOf(scene, "fish"));
    await writeFile(join(scene.workspace, "some-file.yaml"), "");
    const offered = (line: string): readonly string[] => {
      const ran = spawnSync(
        "fish",
        ["--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, line],
        { env: { ...scene.env, HOME: scene.folder }, cwd: scene.workspace, encoding: "utf8" },
      );
      expect(ran.stderr).toBe("");
      return ran.stdout.split("\n").filter((one) => one !== "");
    };
    expect(offered("bottle st")).toEqual([
      "start\tStart an agent in a bottle",
      "stop\tEnd bottles; their work stays",
    ]);
    expect(offered("bottle stop ")).toEqual([`${running}\tBottle, such as claude-x7k2p`]);
    expect(offered("bottle ps --format=j")).toEqual(["--format=json\tForm of the answer"]);
    expect(offered("bottle start claude-").map((line) => line.split("\t")[0])).toEqual([
      "claude-two",
    ]);
    expect(offered("bottle start --manifest some").join()).toContain("some-file.yaml");
    await expect(access(join(scene.workspace, "pwned"))).rejects.toThrow();
  });
});

describe("completion in zsh", () => {
  it("completes at a terminal: a command, a flag's value, a bottle", async (context) => {
    need(context, lacksProgram("zsh", "tmux"));
    await using scene = await openDesk();
    const script = join(scene.folder, "_bottle");
    await writeFile(script, await scriptOf(scene, "zsh"));
    const rc = `PS1='ready> '; autoload -Uz compinit; compinit -u -D; source ${quote(script)}; bottle() { print -r -- "ran:$*" }`;
    await writeFile(join(scene.folder, ".zshrc"), rc);
    const env = { ...scene.env, ZDOTDIR: scene.folder };
    const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}`;
    await using terminal = await openTmux(name, "zsh -i", env, scene.workspace);
    await expect.poll(() => terminal.screen(), patient).toContain("ready>");
    const typed: readonly (readonly [keys: string, line: string])[] = [
      ["bottle aud\t--ver\tclaude-b\t", `ran:audit --verify ${ended}`],
      ["bottle ps --format=j\t", "ran:ps --format=json"],
      ["bottle atta\t\t", `ran:attach ${running}`],
    ];
    for (const [keys, line] of typed) {
      await terminal.type(keys);
      await terminal.key("Enter");
      await expect.poll(() => terminal.screen(), patient).toContain(line);
    }
  });
});

async function writeManifest(scene: Scene, text: string): Promise<void> {
  await writeFile(join(scene.folder, "config/claude-bottle/bottles.json"), text, { mode: 0o600 });
}

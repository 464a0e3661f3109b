/** No command writes an escape where none is wanted: into pipes, on terminals with NO_COLOR, on dumb ones. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/cli/app.ts";
import { openTerminal } from "../../src/terminal/pty.ts";
import { commandsOf } from "../house/cli-page.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

// oxlint-disable-next-line no-control-regex -- ESC, and the one-byte CSI of C1 as UTF-8 writes it
const escapes = /\u001b|\u009b/;

let scene: Scene;
let ended: string;

beforeAll(async () => {
  scene = await openScene(manifestText({ provider: "shell" }));
  const start = ["--headless", "--yes", "--prompt", "echo said; echo done > file"];
  const { code } = await scene.start(start);
  const { stdout } = await scene.run(["ps", "--all", "--format", "json"]);
  ended = (JSON.parse(stdout) as { id: string }[])[0]?.id ?? "";
  if (code !== 0 || ended === "") throw new Error("there is no bottle to look at");
});

afterAll(() => scene[Symbol.asyncDispose]());

/** Everything that a command writes to a terminal; `typed` is there before it asks. */
async function onTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  typed = "",
): Promise<string> {
  const terminal = await openTerminal({ columns: 100, rows: 30 });
  const chunks: Buffer[] = [];
  terminal.onData((data) => chunks.push(data));
  const fd = terminal.slaveFd;
  const child = spawn("setsid", ["-c", process.execPath, cliProgram, ...args], {
    cwd: scene.workspace,
    env: { ...scene.env, ...env },
    stdio: [fd, fd, fd],
  });
  terminal.closeSlave();
  terminal.write(Buffer.from(typed));
  await new Promise((done) => child.once("close", done));
  await terminal.closed;
  terminal.close();
  return Buffer.concat(chunks).toString("utf8");
}

const quiet: readonly (readonly [string, NodeJS.ProcessEnv])[] = [
  ["with NO_COLOR", { TERM: "xterm-256color", NO_COLOR: "1" }],
  ["where TERM is dumb", { TERM: "dumb" }],
];

/** What each command is asked for, beside its help and an error; commands that are not here have only those. */
function linesOf(name: string): readonly (readonly string[])[] {
  const manifest = ["--manifest", scene.manifest];
  switch (name) {
    case "start":
      return [
        ["start", ...manifest, "--dry-run", "--prompt", "true"],
        ["start", ...manifest, "--headless", "--yes", "--prompt", "echo hello"],
      ];
    case "resume":
      return [["resume", ended, "--dry-run"]];
    case "doctor":
      return [["doctor", ...manifest]];
    case "audit":
      return [
        ["audit", ended],
        ["audit", ended, "--verify"],
      ];
    case "ps":
      return [["ps"], ["ps", "--all"]];
    case "cleanup":
      return [["cleanup", "--dry-run"]];
    case "diff":
      // A pager's own escapes are the pager's.
      return [["diff", ended, "--no-pager"]];
    case "list":
    case "info":
      return [[name, ...manifest]];
    case "trust":
      return [["trust", "--list"]];
    case "schema":
      return [["schema"]];
    case "init":
      return [["init", "--print"]];
    case "completion":
      return [["completion", "bash"]];
    case "logs":
    case "stop":
    case "apply":
      return [[name, ended]];
    default:
      return [];
  }
}

describe("what a command writes has no escape", () => {
  it.each(commandsOf(app).map(({ name }) => name))("%s", async (name) => {
    const always = [
      [name, "--help"],
      [name, "--nonsense"],
      [name, "no-such-word", "and", "more"],
    ];
    for (const args of [...always, ...linesOf(name)]) {
      const piped = scene.run(args, { TERM: "xterm-256color" });
      const shown = await Promise.all([
        piped.then(({ stdout, stderr }) => ["in a pipe", stdout + stderr] as const),
        ...quiet.map(async ([how, env]) => [how, await onTerminal(args, env)] as const),
      ]);
      for (const [how, text] of shown) {
        expect(text, `${args.join(" ")}, ${how}`).not.toBe("");
        expect(text, `${args.join(" ")}, ${how}`).not.toMatch(escapes);
      }
    }
  });

  it("demo, in full", async () => {
    const shown = await onTerminal(["demo"], { TERM: "xterm-256color", NO_COLOR: "1" });
    expect(shown).toContain("claude-bottle");
    expect(shown).not.toMatch(escapes);
  });

  it.each(quiet)("a question %s", async (_how, env) => {
    const args = ["start", "--manifest", scene.manifest, "--prompt", "true"];
    const shown = await onTerminal(args, env, "n\n");
    expect(shown).toContain("Start it? [y/N]");
    expect(shown).not.toMatch(escapes);
  });

  it("on a terminal that takes them, help and plan have some", async () => {
    for (const args of [["--help"], linesOf("start")[0] ?? []])
      expect(await onTerminal(args, { TERM: "xterm-256color" })).toMatch(escapes);
  });
});

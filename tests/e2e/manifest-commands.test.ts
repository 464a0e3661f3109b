/** The commands around manifests, as a user calls them: init, list, info, schema, trust. */
import { spawnSync } from "node:child_process";
import { chmod, cp, lstat, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { lacksProgram, need } from "../support/require.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { CliResult, Scene } from "./support/cli.ts";
import { openTmux, quote } from "./support/tmux.ts";

const patient = { timeout: 30_000, interval: 100 };

/** A user with a home of his own; `run` is in the scene's workspace. */
async function openHome(manifest?: string): Promise<Scene> {
  const scene = await openScene("version: 1\nbottles: {}\n");
  const home = { HOME: scene.folder, XDG_CONFIG_HOME: undefined };
  if (manifest !== undefined) {
    await mkdir(join(scene.folder, ".config/claude-bottle"), { recursive: true });
    await writeFile(join(scene.folder, ".config/claude-bottle/bottles.yaml"), manifest);
  }
  return {
    ...scene,
    env: { ...scene.env, ...home },
    run: (args, env) => scene.run(args, { ...home, ...env }),
  };
}

const owners = `version: 1
bottles:
  dev:
    rung: auto
    env: {TZ: UTC}
    credentials: [{preset: anthropic, secret: "env:TEAM_TOKEN"}]
  open: {projectAgents: true}
agents:
  coder:
    bottle: dev
    prompt: |
      Mend it.
      Then stop.
  helper: {bottle: open, provider: shell}
`;

const projects = `version: 1
bottles:
  build: {egress: {allow: [docs.example.org]}, env: {REGION: "\${REGION}"}}
agents:
  builder: {bottle: build, provider: shell, prompt: "make\u200dtest"}
`;

describe("bottle init", () => {
  const file = ".config/claude-bottle/bottles.yaml";
  const tokens = {
    ANTHROPIC_API_KEY: "sk-ant-api03-PLANTEDplanted",
    GITHUB_TOKEN: "ghp_PLANTEDplantedPLANTEDplanted",
  };

  it("writes a manifest that loads, of what the machine has, readable by its owner alone", async () => {
    await using scene = await openHome();
    await writeFile(
      join(scene.folder, ".gitconfig"),
      "[user]\nname = Me\nemail = me@example.org\n",
    );
    expect(await scene.run(["init"], tokens)).toMatchObject({ code: 0, stderr: "" });
    const text = await readFile(join(scene.folder, file), "utf8");
    expect(text).not.toContain("PLANTED");
    for (const said of [
      "ANTHROPIC_API_KEY holds an Anthropic API key",
      "GITHUB_TOKEN",
      "git: host",
    ])
      expect(text).toContain(said);
    expect((await stat(join(scene.folder, file))).mode & 0o777).toBe(0o600);
    expect((await stat(join(scene.folder, ".config/claude-bottle"))).mode & 0o777).toBe(0o700);
    const listed = await scene.run(["list", "--format", "json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ agent: "claude", bottle: "dev" }]);
    const plan = await scene.run(["start", "--dry-run", "--format", "json"]);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      git: { kind: "host" },
      credentials: [{ from: "env:ANTHROPIC_API_KEY" }],
    });
  });

  it("loads with every line that it proposes", async () => {
    await using scene = await openHome();
    const { stdout } = await scene.run(["init", "--print"], tokens);
    const whole = stdout
      .replace("      allow: []\n", "")
      .replaceAll(/^( +)# (- |run: |allow: )/gm, "$1$2");
    expect(whole).toContain("\n      allow: [docs.example.org");
    await writeFile(join(scene.folder, "whole.yaml"), whole);
    const listed = await scene.run([
      "list",
      "--manifest",
      join(scene.folder, "whole.yaml"),
      "--format",
      "json",
    ]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ agent: "claude" }, { agent: "run" }]);
  });

  it("prints without writing, and never writes over anything", async () => {
    await using scene = await openHome();
    expect((await scene.run(["init", "--print"])).stdout).toContain("CLAUDE_BOTTLE_OAUTH_TOKEN");
    await expect(lstat(join(scene.folder, file))).rejects.toThrow();
    expect((await scene.run(["init"])).code).toBe(0);
    const before = await readFile(join(scene.folder, file), "utf8");
    const again = await scene.run(["init"]);
    expect(again).toMatchObject({ code: 125, stdout: "" });
    expect(again.stderr).toContain("E_INIT_EXISTS");
    expect(await readFile(join(scene.folder, file), "utf8")).toBe(before);
  });
});

describe("bottle list and info", () => {
  it("show the agents, one a line, with the first line of the prompt", async () => {
    await using scene = await openHome(owners);
    const { stdout } = await scene.run(["list"]);
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["AGENT", "BOTTLE", "PROVIDER", "RUNG", "PLACE", "PROMPT"],
      [
        ...["coder", "dev", "claude"],
        expect.stringMatching(/^auto \(\w+\)$/) as string,
        ...["local", "Mend it. …"],
      ],
      ["helper", "open", "shell", "namespace", "local"],
      [""],
    ]);
  });

  it("show one agent with its secrets as references", async () => {
    await using scene = await openHome(owners);
    const secret = { TEAM_TOKEN: "sk-ant-api03-PLANTEDplanted" };
    const text = await scene.run(["info", "coder"], secret);
    for (const said of ["Mend it. …", "auto, local", "env:TEAM_TOKEN", "TZ"])
      expect(text.stdout).toContain(said);
    const json = await scene.run(["info", "coder", "--format", "json"], secret);
    expect(JSON.parse(json.stdout)).toMatchObject({
      agent: { name: "coder", prompt: "Mend it.\nThen stop.\n" },
      bottle: { name: "dev" },
      rung: { asked: "auto", minimum: "namespace" },
      credentials: [{ from: "env:TEAM_TOKEN" }],
    });
    expect(text.stdout + json.stdout).not.toContain("PLANTED");
  });

  it("know what was meant", async () => {
    await using scene = await openHome(owners);
    const end = await scene.run(["info", "codr"]);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('Did you mean "coder"?');
  });

  it("say what is wrong, and where", async () => {
    await using scene = await openHome("version: 1\nbottles: {dev: {rungg: x}}\n");
    const end = await scene.run(["list", "--format", "json"]);
    expect(end.code).toBe(125);
    expect(JSON.parse(end.stdout)).toMatchObject({
      errors: [{ code: "E_MANIFEST_UNKNOWN_KEY", line: 2, column: 17 }],
    });
  });
});

it("bottle schema prints JSON Schema", async () => {
  await using scene = await openHome();
  const end = await scene.run(["schema"]);
  expect(JSON.parse(end.stdout)).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    required: ["version", "bottles"],
  });
});

describe("bottle trust", () => {
  async function openProject(): Promise<Scene> {
    const scene = await openHome(owners);
    await writeFile(join(scene.workspace, ".claude-bottle.yaml"), projects);
    return scene;
  }

  function planned(scene: Scene): Promise<CliResult> {
    return scene.run(["start", "builder", "--dry-run", "--format", "json"]);
  }

  it("shows what is asked for, and with nobody to ask trusts nothing", async () => {
    await using scene = await openProject();
    const end = await scene.run(["trust"]);
    expect(end.code).toBe(3);
    for (const said of ["docs.example.org", "from your variable REGION", "builder (shell)"])
      expect(end.stdout).toContain(said);
    expect(end.stdout).not.toContain("\u200d");
    const start = await planned(scene);
    expect(start.code).toBe(2);
    expect(start.stderr).toContain("bottle trust");
  });

  it("asks, takes no for an answer, and a yes for this content", async () => {
    await using scene = await openProject();
    for (const [word, code] of [
      ["n", 3],
      ["y", 0],
    ] as const) {
      const command = [process.execPath, cliProgram, "trust"].map(quote).join(" ");
      const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}-${word}`;
      await using terminal = await openTmux(name, command, scene.env, scene.workspace);
      await expect.poll(() => terminal.screen(), patient).toContain("Trust this");
      await terminal.type(word);
      await terminal.key("Enter");
      await expect.poll(() => terminal.exitCode(), patient).toBe(code);
    }
    expect(JSON.parse((await planned(scene)).stdout)).toMatchObject({
      agent: { name: "builder", project: "trusted" },
      manifest: expect.stringContaining(".claude-bottle.yaml") as string,
      hints: [],
    });
  });

  it("lets its agents start: all of a trusted one, those in open bottles of any", async () => {
    await using scene = await openProject();
    const start = (agent: string): Promise<CliResult> =>
      scene.run(["start", agent, "--headless", "--yes", "--prompt", 'echo "$REGION $MARK"'], {
        REGION: "north",
      });
    expect((await start("builder")).code).toBe(2);
    expect((await scene.run(["trust", "--yes"])).code).toBe(0);
    expect(await start("builder")).toMatchObject({ code: 0, stdout: "north \n" });
    await writeFile(
      join(scene.workspace, ".claude-bottle.yaml"),
      "version: 1\nagents:\n  builder: {bottle: open, provider: shell, env: {MARK: mine}}\n",
    );
    expect(await start("builder")).toMatchObject({ code: 0, stdout: " mine\n" });
  });

  it("lists, and takes back", async () => {
    await using scene = await openProject();
    expect((await scene.run(["trust", "--yes"])).code).toBe(0);
    const list = await scene.run(["trust", "--list", "--format", "json"]);
    expect(JSON.parse(list.stdout)).toMatchObject([{ trusted: true }]);
    await writeFile(join(scene.workspace, ".claude-bottle.yaml"), `${projects}#\n`);
    expect((await scene.run(["trust", "--list"])).stdout).toContain("It changed since");
    expect((await scene.run(["start", "coder", "--dry-run"])).stdout).toContain("Note:");
    expect((await scene.run(["trust", "--revoke"])).code).toBe(0);
    expect((await scene.run(["trust", "--list"])).stdout).toBe(
      "No project's manifest is trusted.\n",
    );
    expect((await scene.run(["trust", "--revoke"])).stderr).toContain("E_TRUST_MISSING");
  });

  it("says what a project may not have, and where", async () => {
    await using scene = await openProject();
    await writeFile(
      join(scene.workspace, ".claude-bottle.yaml"),
      "version: 1\nbottles:\n  x:\n    mounts: [{source: /srv, target: /srv}]\n",
    );
    const end = await scene.run(["trust", "--yes"]);
    expect(end.code).toBe(125);
    expect(end.stderr).toMatch(/\.claude-bottle\.yaml:4:5: error E_PROJECT_RULE/);
  });
});

describe("a manifest of the first version in the home", () => {
  const old = (keys: string): string =>
    `{"bottles": {"dev": {\n  ${keys}\n}}, "agents": {"me": {"bottle": "dev", "prompt": "Mend it."}}}\n`;

  it("starts as it is, and the plan says what is another thing now", async () => {
    await using scene = await openHome();
    await writeFile(
      join(scene.folder, "claude-bottle.json"),
      old('"runtime": "runc", "egress": {"allowlist": ["docs.example.org"], "dlp_action": "warn"}'),
    );
    const end = await scene.run(["start", "--dry-run", "--format", "json"]);
    expect(JSON.parse(end.stdout)).toMatchObject({
      agent: { name: "me", prompt: "Mend it." },
      rung: { chosen: "namespace" },
      egress: { allow: [{ host: "docs.example.org" }] },
    });
    const text = (await scene.run(["start", "--dry-run"])).stdout;
    for (const said of ["old form", "runtime runc", "dlp_action warn"])
      expect(text).toContain(said);
  });

  it("that asks for ssh is refused with its place and the way to do it now", async () => {
    await using scene = await openHome();
    const file = join(scene.folder, "claude-bottle.json");
    await writeFile(
      file,
      old('"ssh": [{"Host": "git.corp.example", "IdentityFile": "~/.ssh/id"}]'),
    );
    const end = await scene.run(["start", "--dry-run"]);
    expect(end).toMatchObject({ code: 125, stdout: "" });
    expect(end.stderr).toContain(`${file}:2:10: error E_MANIFEST_OLD`);
    expect(end.stderr).toContain("https://git.corp.example");
  });

  it("that asks for gVisor never gets a weaker rung instead", async () => {
    await using scene = await openHome();
    await writeFile(join(scene.folder, "claude-bottle.json"), old('"runtime": "runsc"'));
    const end = await scene.run(["start", "--dry-run"]);
    expect(end.stderr).toContain("E_RUNG_UNAVAILABLE");
  });
});

describe("a manifest that cannot be used", () => {
  it.each([
    ["empty", (file: string) => writeFile(file, "")],
    ["10 MB", (file: string) => writeFile(file, "#".repeat(10 * 2 ** 20))],
    ["a folder", (file: string) => mkdir(file)],
    ["not UTF-8", (file: string) => writeFile(file, Uint8Array.of(0xff))],
    [
      "open to everybody",
      async (file: string) => {
        await writeFile(file, owners);
        await chmod(file, 0o666);
      },
    ],
  ])("is an error with its path and a remedy when it is %s", async (_name, make) => {
    await using scene = await openHome();
    await mkdir(join(scene.folder, ".config/claude-bottle"), { recursive: true });
    const file = join(scene.folder, ".config/claude-bottle/bottles.yaml");
    await make(file);
    const end = await scene.run(["start", "--dry-run"]);
    expect(end).toMatchObject({ code: 125, stdout: "" });
    expect(end.stderr).toContain(`${file}: error E_MANIFEST_UNREADABLE`);
    expect(end.stderr).toContain("  next: ");
  });

  it("is an error when its owner may not read it", async (context) => {
    const root = process.getuid?.() === 0;
    need(context, root ? lacksProgram("setpriv") : undefined);
    await using scene = await openHome();
    await chmod(scene.folder, 0o755);
    await chmod(scene.manifest, 0);
    // Root may read everything: somebody else runs a copy of the program.
    await cp(dirname(cliProgram), join(scene.folder, "dist"), { recursive: true });
    const as = root ? ["setpriv", "--reuid=65534", "--clear-groups"] : ["env"];
    const cli = join(scene.folder, "dist/cli.js");
    const argv = [...as, process.execPath, cli, "list", "--manifest", scene.manifest];
    const end = spawnSync(argv[0] ?? "", argv.slice(1), { env: scene.env, encoding: "utf8" });
    expect(end.status).toBe(125);
    expect(end.stderr).toContain(`${scene.manifest}: error E_MANIFEST_UNREADABLE`);
    expect(end.stderr).toContain("EACCES");
  });
});

import { execFileSync } from "node:child_process";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BottleError, BottleErrors } from "../errors/error.ts";
import { loadManifest } from "../manifest/load.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { chooseAgent } from "../plan/choose-agent.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";
import { lookAtProject, noteTrust, revokeTrust, trustedProjects } from "./trust.ts";

let home: string;
let project: string;
let host: Host;

const owners = `version: 1
bottles:
  dev:
    egress: {allow: ["*.example.net"]}
    credentials: [{preset: anthropic, secret: "env:CLAUDE_BOTTLE_OAUTH_TOKEN"}]
  open: {extends: dev, projectAgents: true}
agents:
  mine: {bottle: dev}
`;

/** A project that asks for nothing that it may not have. */
const modest = `version: 1
bottles:
  build: {image: {build: ./docker/Dockerfile}, egress: {allow: [docs.example.org]}}
agents:
  builder: {bottle: build, provider: shell, env: {REGION: "\${REGION}"}}
  reviewer: {bottle: open, prompt: "Review.", env: {TONE: calm}}
`;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "trust-")));
  project = join(home, "src/project");
  host = { env: { HOME: home }, cwd: project, uid: 0, dist: "/", startedAt: 0 };
  await mkdir(join(project, "docker"), { recursive: true });
  await mkdir(join(home, ".config/claude-bottle"), { recursive: true });
  await place(join(home, ".config/claude-bottle/bottles.yaml"), owners);
  await place(join(project, "docker/Dockerfile"), "FROM scratch\n");
});
afterEach(() => rm(home, { recursive: true }));

function place(path: string, text: string | Uint8Array): Promise<void> {
  return writeFile(path, text, { mode: 0o600 });
}

function ofProject(text: string | Uint8Array): Promise<void> {
  return place(join(project, ".claude-bottle.yaml"), text);
}

function load(): Promise<Manifest> {
  return loadManifest(manifestPlaces(host, undefined, project));
}

async function trust(): Promise<void> {
  await noteTrust(host, await lookAtProject(host, "."), new Date());
}

/** The one hint, where nothing of the project counts. */
async function ignored(): Promise<string> {
  const { agents, bottles, hints } = await load();
  expect([...agents.keys()]).toEqual(["mine"]);
  expect([...bottles.keys()]).toEqual(["dev", "open"]);
  expect(hints).toHaveLength(1);
  return hints[0] ?? "";
}

/** `code line:column` of each thing that a trusted project may not have. */
async function refusals(text: string): Promise<readonly string[]> {
  await ofProject(text);
  const error: unknown = await lookAtProject(host, ".").then(
    () => expect.unreachable("it could be trusted"),
    (caught: unknown) => caught,
  );
  if (!(error instanceof BottleErrors)) throw error;
  return error.errors.map(({ code, place: at }) => `${code} ${at?.line}:${at?.column}`);
}

describe("a project's manifest that nobody trusts", () => {
  it("is not even read where no bottle is open to projects", async () => {
    await place(
      join(home, ".config/claude-bottle/bottles.yaml"),
      owners.replace("projectAgents: true", "projectAgents: false"),
    );
    execFileSync("mkfifo", [join(project, ".claude-bottle.yaml")]);
    expect(await ignored()).toContain(
      "You have not trusted it. Look at it, then run `bottle trust`.",
    );
  });

  it("may define agents with literal env in a bottle that is open to projects", async () => {
    await ofProject(
      "version: 1\nagents:\n  reviewer: {bottle: open, prompt: Review., env: {TONE: calm}}\n",
    );
    const manifest = await load();
    expect(manifest.agents.get("reviewer")).toMatchObject({ project: "untrusted", bottle: "open" });
    expect(manifest.hints.join()).toContain("not trusted");
    expect(chooseAgent(manifest, "reviewer").bottle.name).toBe("open");
  });

  it("is never what starts without a name, and does not get in the way of what does", async () => {
    await ofProject("version: 1\nagents: {a: {bottle: open}, b: {bottle: open}}\n");
    expect(chooseAgent(await load(), undefined).agent.name).toBe("mine");
    await place(
      join(home, ".config/claude-bottle/bottles.yaml"),
      owners.slice(0, owners.indexOf("agents:")),
    );
    await ofProject("version: 1\nagents: {a: {bottle: open}}\n");
    const manifest = await load();
    expect(() => chooseAgent(manifest, undefined)).toThrow(BottleError);
    expect(chooseAgent(manifest, "a").agent.project).toBe("untrusted");
  });

  const reaches: readonly (readonly [name: string, text: string, said: string])[] = [
    [
      "a variable of the owner's",
      'agents:\n  a: {bottle: open, env: {K: "${AWS_SECRET_ACCESS_KEY}"}}\n',
      "line 3, column 21",
    ],
    [
      "a question to the owner",
      'agents:\n  a: {bottle: open, env: {K: "?Token"}}\n',
      "asked from you",
    ],
    ["the widest bottle", "agents:\n  a: {bottle: dev}\n", "not open to the agents of projects"],
    [
      "a bottle of its own",
      "bottles: {wide: {}}\nagents: {a: {bottle: wide}}\n",
      "a bottle of its own",
    ],
    ["a bottle made from the owner's", "bottles: {x: {extends: open}}\n", "is not defined"],
    ["the owner's bottle by its name", "bottles: {dev: {}}\n", "has the name of a bottle of yours"],
    [
      "an agent of the owner's",
      "agents:\n  mine: {bottle: open}\n",
      "has the name of an agent of yours",
    ],
    ["a proxy", "agents:\n  a: {bottle: open, env: {HTTPS_PROXY: x}}\n", "HTTPS_PROXY"],
    ["a preloaded library", "agents:\n  a: {bottle: open, env: {LD_PRELOAD: x}}\n", "LD_PRELOAD"],
    [
      "a git setting",
      "agents:\n  a: {bottle: open, env: {GIT_SSH_COMMAND: x}}\n",
      "GIT_SSH_COMMAND",
    ],
    ["skills", "agents:\n  a: {bottle: open, skills: [x]}\n", "takes skills of yours"],
    ["a set-up", "agents:\n  a: {bottle: open, bring: [mcp]}\n", "your Claude Code set-up"],
    ["an unknown key", "agents:\n  a: {bottle: open, hooks: x}\n", "Unknown key"],
  ];
  it.each(reaches)("is ignored whole when it reaches for %s", async (_name, text, said) => {
    await ofProject(`version: 1\n${text}`);
    expect(await ignored()).toContain(said);
  });

  it.each([
    ["a link", () => symlink("docker/Dockerfile", join(project, ".claude-bottle.yaml"))],
    ["a link to nowhere", () => symlink("/nowhere", join(project, ".claude-bottle.yaml"))],
    ["a link to a device", () => symlink("/dev/zero", join(project, ".claude-bottle.yaml"))],
    ["a folder", () => mkdir(join(project, ".claude-bottle.yaml"))],
    [
      "a FIFO",
      () => Promise.resolve(execFileSync("mkfifo", [join(project, ".claude-bottle.yaml")])),
    ],
    ["huge", () => ofProject(`version: 1\n#${"x".repeat(10 * 2 ** 20)}`)],
    ["empty", () => ofProject("")],
    ["not UTF-8", () => ofProject(Uint8Array.of(0xff, 0xfe, 0x00))],
    [
      "a bomb of aliases",
      () => {
        const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
        for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
        return ofProject(`${lines.join("\n")}\n`);
      },
    ],
    ["unreadable text", () => ofProject("{")],
  ])("is ignored when it is %s", async (_name, make) => {
    await make();
    expect(await ignored()).toContain(".claude-bottle.yaml in this folder is ignored");
  });

  it("is ignored when there are two", async () => {
    await ofProject(modest);
    await place(join(project, ".claude-bottle.json"), "{}");
    expect(await ignored()).toContain("Keep one");
  });

  it("is part of the error where there is no manifest of the owner's", async () => {
    await rm(join(home, ".config/claude-bottle/bottles.yaml"));
    await ofProject(modest);
    await expect(load()).rejects.toMatchObject({
      code: "E_MANIFEST_MISSING",
      why: expect.stringContaining("bottle trust") as string,
    });
  });

  it("is the owner's own where he names it, and his old one is in his home", async () => {
    await ofProject("version: 1\nbottles: {x: {}}\nagents: {a: {bottle: x}}\n");
    const named = await loadManifest(manifestPlaces(host, ".claude-bottle.yaml", project));
    expect([...named.agents.keys()]).toEqual(["a"]);
    await place(join(home, "claude-bottle.json"), '{"bottles": {}}');
    expect((await loadManifest(manifestPlaces(host, undefined, home))).hints).toEqual([]);
  });
});

describe("a project's manifest that its owner trusts", () => {
  it("counts beside the owner's, with what it refers to pinned", async () => {
    await ofProject(modest);
    const look = await lookAtProject(host, ".");
    expect(look).toMatchObject({ before: "new", refers: [{ path: "docker/Dockerfile" }] });
    await noteTrust(host, look, new Date());
    const manifest = await load();
    expect(manifest.hints).toEqual([]);
    expect([...manifest.agents.keys()]).toEqual(["mine", "builder", "reviewer"]);
    expect(manifest.agents.get("builder")?.project).toBe("trusted");
    expect(manifest.bottles.get("build")).toMatchObject({
      project: "trusted",
      image: {
        kind: "build",
        file: join(project, "docker/Dockerfile"),
        sha256: look.refers[0]?.sha256,
      },
    });
    expect(manifest.project).toBe(join(project, ".claude-bottle.yaml"));
  });

  it("counts alone where the owner has no manifest", async () => {
    await rm(join(home, ".config/claude-bottle/bottles.yaml"));
    await ofProject("version: 1\nbottles: {x: {}}\nagents: {a: {bottle: x, provider: shell}}\n");
    await trust();
    expect(chooseAgent(await load(), undefined).agent.name).toBe("a");
  });

  it("is read in the old form, too", async () => {
    await place(
      join(project, "claude-bottle.json"),
      '{"bottles": {"old": {"egress": {"allowlist": ["docs.example.org"]}}}, "agents": {"a": {"bottle": "old"}}}',
    );
    expect(await ignored()).toContain("claude-bottle.json in this folder is ignored");
    await trust();
    expect((await load()).agents.get("a")?.project).toBe("trusted");
  });

  it("falls away with one byte of it, and says so", async () => {
    await ofProject(modest);
    await trust();
    await ofProject(`${modest}#`);
    expect(await ignored()).toContain("It changed since you trusted it.");
    expect(await lookAtProject(host, ".")).toMatchObject({ before: "changed" });
    await ofProject(modest);
    expect((await load()).agents.has("builder")).toBe(true);
  });

  const swaps: readonly (readonly [name: string, swap: () => Promise<unknown>])[] = [
    ["changed", () => place(join(project, "docker/Dockerfile"), "FROM evil\n")],
    ["gone", () => rm(join(project, "docker/Dockerfile"))],
    [
      "a link to the same content",
      async () => {
        await rename(join(project, "docker/Dockerfile"), join(project, "Other"));
        await symlink("../Other", join(project, "docker/Dockerfile"));
      },
    ],
    [
      "behind a link to a folder",
      async () => {
        await rename(join(project, "docker"), join(project, "other"));
        await symlink("other", join(project, "docker"));
      },
    ],
    [
      "a FIFO",
      async () => {
        await rm(join(project, "docker/Dockerfile"));
        execFileSync("mkfifo", [join(project, "docker/Dockerfile")]);
      },
    ],
    ["huge", () => place(join(project, "docker/Dockerfile"), "x".repeat(2 * 2 ** 20))],
  ];
  it.each(swaps)("falls away when a file it refers to is %s", async (_name, swap) => {
    await ofProject(modest);
    await trust();
    await swap();
    expect(await ignored()).toContain("docker/Dockerfile, which it refers to, changed since");
  });

  it("falls away when it is swapped for a link to the same content", async () => {
    await ofProject(modest);
    await trust();
    await rename(join(project, ".claude-bottle.yaml"), join(project, "same.yaml"));
    await symlink("same.yaml", join(project, ".claude-bottle.yaml"));
    expect(await ignored()).toContain("It is a link.");
  });

  it("is trusted in its folder alone", async () => {
    await ofProject(modest);
    await trust();
    const copy = join(home, "src/copy");
    await cp(project, copy, { recursive: true });
    const there = await loadManifest(manifestPlaces(host, undefined, copy));
    expect(there.hints.join()).toContain("You have not trusted it.");
  });

  it("is found by its real folder, whatever link leads there", async () => {
    await ofProject(modest);
    await trust();
    await symlink(project, join(home, "link"));
    const there = await loadManifest(manifestPlaces(host, undefined, join(home, "link")));
    expect(there.agents.has("builder")).toBe(true);
  });

  it("loses to a name that the owner takes later", async () => {
    await ofProject(modest);
    await trust();
    await place(
      join(home, ".config/claude-bottle/bottles.yaml"),
      `${owners}  builder: {bottle: dev}\n`,
    );
    const { agents, hints } = await load();
    expect(agents.get("builder")).toMatchObject({ bottle: "dev" });
    expect(agents.get("builder")).not.toHaveProperty("project");
    expect(hints.join()).toContain("has the name of an agent of yours (line 5, column 3)");
  });
});

describe("what even a trusted project may not have", () => {
  const inBottle: readonly (readonly [name: string, keys: string])[] = [
    ["a program of the host", 'credentials: [{preset: anthropic, secret: "command:./x"}]'],
    ["a file of the owner's", 'credentials: [{preset: anthropic, secret: "file:~/.key"}]'],
    ["the keychain", 'credentials: [{preset: anthropic, secret: "keychain:a/b"}]'],
    [
      "the variable of a credential of the owner's",
      'credentials: [{host: evil.example, header: "X: {secret}", secret: "env:CLAUDE_BOTTLE_OAUTH_TOKEN"}]',
    ],
    ["the same in env", 'env: {T: "${CLAUDE_BOTTLE_OAUTH_TOKEN}"}'],
    ["folders of the owner's", "mounts: [{source: ~/data, target: /data}]"],
    ["the folder itself", "workspace: mount"],
    ["a proxy with its own authority", 'upstreamProxy: {url: "http://p.example", ca: ~/ca}'],
    ["a list of revoked certificates", "egress: {crl: [~/revoked.pem]}"],
    ["an address of this machine", "egress: {allow: [localhost]}"],
    ["an address of the network", 'egress: {allow: ["192.168.0.1:80"]}'],
    [
      "a credential for an address",
      'credentials: [{preset: anthropic, secret: "env:X", url: "http://127.0.0.1:1"}]',
    ],
    ["another machine", "place: ssh://me@vm"],
    ["a bottle open to projects", "projectAgents: true"],
    ["a file outside of it", "image: {build: /etc/passwd}"],
    ["a file of the home", "image: {build: ~/x}"],
  ];
  it.each(inBottle)("%s", async (_name, keys) => {
    expect(await refusals(`version: 1\nbottles:\n  x: {${keys}}\n`)).toEqual([
      "E_PROJECT_RULE 3:7",
    ]);
  });

  it("the owner's bottles: by their names, by extends, or closed ones for its agents", async () => {
    expect(await refusals("version: 1\nbottles:\n  dev: {}\n")).toEqual(["E_PROJECT_NAME 3:3"]);
    expect(await refusals("version: 1\nbottles:\n  x: {extends: open}\n")).toEqual([
      "E_MANIFEST_EXTENDS 3:16",
    ]);
    expect(await refusals("version: 1\nagents:\n  x: {bottle: dev}\n")).toEqual([
      "E_PROJECT_RULE 3:15",
    ]);
    expect(await refusals("version: 1\nagents:\n  mine: {bottle: open}\n")).toEqual([
      "E_PROJECT_NAME 3:3",
    ]);
  });

  it("but a variable that none of the owner's credentials is kept in, and a question", async () => {
    await ofProject(
      'version: 1\nbottles:\n  x: {credentials: [{preset: anthropic, secret: "env:TEAM_KEY"}, {host: a.example, header: "X: {secret}", secret: "prompt:Which"}]}\n',
    );
    expect((await lookAtProject(host, ".")).manifest.bottles.get("x")?.credentials).toHaveLength(2);
  });
});

describe("what is noted", () => {
  const folder = (): string => join(home, ".local/state/claude-bottle-trust");

  it("is private to the owner, and holds hashes", async () => {
    await ofProject(modest);
    await trust();
    expect((await stat(folder())).mode & 0o777).toBe(0o700);
    const [name = "", ...more] = await readdir(folder());
    expect(more).toEqual([]);
    expect((await stat(join(folder(), name))).mode & 0o777).toBe(0o600);
    const noted = JSON.parse(await readFile(join(folder(), name), "utf8")) as object;
    expect(noted).toMatchObject({
      file: join(project, ".claude-bottle.yaml"),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it.each([
    ["others may read it", (file: string) => chmod(file, 0o644)],
    ["others may enter its folder", () => chmod(folder(), 0o755)],
    ["it is damaged", (file: string) => writeFile(file, "{")],
    [
      "it is a link",
      async (file: string) => {
        await rename(file, `${file}.other`);
        await symlink(`${file}.other`, file);
      },
    ],
  ])("does not count when %s", async (_name, spoil) => {
    await ofProject(modest);
    await trust();
    const [name = ""] = await readdir(folder());
    await spoil(join(folder(), name));
    expect(await ignored()).toContain("cannot be used");
  });

  it("is never written into a folder that others may enter", async () => {
    await mkdir(folder(), { recursive: true, mode: 0o755 });
    await ofProject(modest);
    await expect(trust()).rejects.toMatchObject({ code: "E_TRUST_STORE" });
    expect(await readdir(folder())).toEqual([]);
  });

  it("is what was shown, whatever is in the folder by then", async () => {
    await ofProject(modest);
    const look = await lookAtProject(host, ".");
    await ofProject(`${modest}# more\n`);
    await noteTrust(host, look, new Date());
    expect(await ignored()).toContain("It changed since you trusted it.");
  });

  it("is listed with what became of it, and taken back, also where the project is gone", async () => {
    await ofProject(modest);
    await trust();
    expect(await trustedProjects(host)).toMatchObject([{ changed: undefined }]);
    await ofProject("version: 1\n");
    expect(await trustedProjects(host)).toMatchObject([
      { changed: "It changed since you trusted it." },
    ]);
    await rm(project, { recursive: true });
    expect(await revokeTrust({ ...host, cwd: home }, "src/project")).toEqual([
      join(project, ".claude-bottle.yaml"),
    ]);
    expect(await trustedProjects(host)).toEqual([]);
    await expect(revokeTrust(host, ".")).rejects.toMatchObject({ code: "E_TRUST_MISSING" });
  });
});

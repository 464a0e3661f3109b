import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { withDaemon } from "../support/docker/suite.ts";
import { openClaude } from "./support/claude.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { CliResult, Scene } from "./support/cli.ts";
import { openTmux, quote } from "./support/tmux.ts";
import type { Tmux } from "./support/tmux.ts";

const daemon = withDaemon();
const patient = { timeout: 30_000, interval: 100 };

const shell = `version: 1
bottles: {dev: {rung: runc}}
agents: {me: {bottle: dev, provider: shell}}
`;

function openTerminal(scene: Scene, ...args: readonly string[]): Promise<Tmux> {
  const where = ["--manifest", scene.manifest, "--workspace", scene.workspace];
  const argv = [process.execPath, cliProgram, "start", ...where, "--rung", "runc", ...args];
  const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}`;
  return openTmux(name, argv.map(quote).join(" "), scene.env, scene.workspace);
}

async function containers(): Promise<unknown> {
  return daemon().engine.call("GET", "/containers/json", { query: { all: "1" } });
}

async function defaultNames(): Promise<readonly string[]> {
  const query = { filters: JSON.stringify({ reference: ["claude-bottle/default"] }) };
  const found = await daemon().engine.call("GET", "/images/json", { query });
  return (found as readonly { readonly RepoTags: readonly string[] }[]).flatMap(
    ({ RepoTags }) => RepoTags,
  );
}

describe("the rung runc", () => {
  it("holds every check of the demo with the real Claude Code, and leaves no container", async () => {
    await using scene = await openScene(shell);
    const result = await scene.run(["demo", "--rung", "runc", "--json"]);
    const line = JSON.parse(result.stdout) as {
      readonly ok: boolean;
      readonly rung: string;
      readonly checks: readonly { readonly ok: boolean }[];
    };
    expect(line.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(line).toMatchObject({ ok: true, rung: "runc" });
    expect(line.checks.length).toBeGreaterThanOrEqual(30);
    expect(result.code).toBe(0);
    expect(await containers()).toEqual([]);
  });

  it("gives a shell a terminal of the window's size, job control, and Ctrl-C for the command alone", async () => {
    await using scene = await openScene(shell);
    await using terminal = await openTerminal(scene, "--yes");
    await expect.poll(() => terminal.screen(), patient).toMatch(/[$#] *$/m);
    await terminal.type("stty size; tty");
    await terminal.key("Enter");
    await expect.poll(() => terminal.screen(), patient).toMatch(/^30 100\n\/dev\/pts\/0/m);
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
    await using scene = await openScene(shell);
    await using terminal = await openTerminal(scene, "--yes");
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
    await using terminal = await openTerminal(claude.scene, "--yes");
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
    await using scene = await openScene(shell);
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

  it("has a bottle ready before it is asked for", async () => {
    await using scene = await openScene(shell);
    const env = { XDG_RUNTIME_DIR: join(scene.folder, "run") };
    mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
    const prepared = await scene.run(["prepare", "--manifest", scene.manifest, "--headless"], env);
    expect(prepared.code).toBe(0);
    const [before] = (await containers()) as readonly { readonly Id: string }[];
    const run = scene.spawnStart(["--headless", "--yes", "--prompt", "exec sleep 300"], env);
    await expect
      .poll(async () => (await scene.record("state.json")).includes("running"), patient)
      .toBe(true);
    expect(await containers()).toMatchObject([{ Id: before?.Id }]);
    run.process.kill("SIGTERM");
    await run.ended;
    await expect.poll(containers, patient).toEqual([]);
  });

  it("makes a bottle of an image that the owner's Dockerfile builds, which sees no other file", async () => {
    await using scene = await openScene(
      shell.replace("rung: runc", "rung: runc, image: {build: ./Dockerfile}"),
    );
    await writeFile(join(scene.folder, "secret.txt"), "private");
    const build = ["FROM debian:trixie-slim", "RUN echo made > /made", ""].join("\n");
    await writeFile(join(scene.folder, "Dockerfile"), build);
    const start = ["--headless", "--yes", "--prompt", "cat /made; test -e /opt/claude-bottle/node"];
    const first = await scene.start(start);
    expect(first).toMatchObject({ code: 0, stdout: "made\n" });
    expect(first.stderr).toContain("building");
    expect((await scene.start(start)).stderr).not.toContain("building");
    await writeFile(join(scene.folder, "Dockerfile"), `${build}COPY secret.txt /\n`);
    const copied = await scene.start(start);
    expect(copied).toMatchObject({ code: 125 });
    expect(copied.stderr).toContain("E_IMAGE_BUILD");
  });

  it("builds the default image with this machine's proxy and certificates, which are not in it", async () => {
    await using scene = await openScene(shell);
    const ca = "planted-certificate-7Rw2";
    const proxy = "planted-proxy-9Kz4";
    await writeFile(join(scene.folder, "ca.pem"), ca);
    const { engine } = daemon();
    const names = await defaultNames();
    for (const name of names) await engine.call("DELETE", `/images/${encodeURIComponent(name)}`);
    const env = {
      NODE_EXTRA_CA_CERTS: join(scene.folder, "ca.pem"),
      HTTPS_PROXY: `http://me:${proxy}@127.0.0.1:9`,
    };
    const built = await scene.run(["image", "build"], env);
    expect(built.code).toBe(0);
    expect(built.stderr).toContain("RUN sh /claude-bottle/install.sh");
    const [name = ""] = await defaultNames();
    const path = `/images/${encodeURIComponent(name)}`;
    for (const of of ["json", "history"])
      expect(JSON.stringify(await engine.call("GET", `${path}/${of}`))).not.toContain("planted");
    let before = Buffer.alloc(0);
    for await (const part of await engine.stream("GET", `${path}/get`)) {
      const window = Buffer.concat([before, part as Buffer]);
      if (window.includes(ca) || window.includes(proxy)) throw new Error("it is in the image");
      before = window.subarray(-64);
    }
    // What the build was made in is gone as well.
    const filters = JSON.stringify({ label: ["claude-bottle.stage"], dangling: ["true"] });
    expect(await engine.call("GET", "/images/json", { query: { filters } })).toEqual([]);
  });

  it("lists and clears away the images that it built", async () => {
    await using scene = await openScene(shell);
    await writeFile(
      join(scene.folder, "own.yaml"),
      shell.replace("runc", "runc, image: {build: ./Old}"),
    );
    await writeFile(join(scene.folder, "Old"), "FROM debian:trixie-slim\nLABEL old=yes\n");
    const own = ["--manifest", join(scene.folder, "own.yaml")];
    expect((await scene.run(["image", "build", "dev", ...own])).code).toBe(0);
    const listed = await scene.run(["image", "list", "--manifest", scene.manifest]);
    expect(listed.stdout).toMatch(/^claude-bottle\/own:[0-9a-f]{16} .*, not in use$/m);
    expect(listed.stdout).toMatch(/^claude-bottle\/default:[0-9a-f]{16} .* the default image$/m);
    const pruned = await scene.run(["image", "prune", "--manifest", scene.manifest]);
    expect(pruned.stdout).toMatch(/^removed claude-bottle\/own:/m);
    const after = await scene.run(["image", "list", "--manifest", scene.manifest]);
    expect(after.stdout).not.toContain("claude-bottle/own:");
    expect(after.stdout).toContain("the default image");
  });

  it("refuses an image that declares volumes, and one that is not there", async () => {
    await using scene = await openScene(
      shell.replace("rung: runc", "rung: runc, image: {build: ./Dockerfile}"),
    );
    await writeFile(join(scene.folder, "Dockerfile"), "FROM debian:trixie-slim\nVOLUME /data\n");
    const refused = await scene.start(["--headless", "--yes", "--prompt", "true"]);
    expect(refused).toMatchObject({ code: 125 });
    expect(refused.stderr).toContain("declares volumes: /data");
    await writeFile(
      scene.manifest,
      shell.replace("runc", "runc, image: registry.invalid/no/such:1"),
    );
    const missing = await scene.start(["--headless", "--yes", "--prompt", "true"]);
    expect(missing).toMatchObject({ code: 125 });
    expect(missing.stderr).toContain("E_IMAGE");
  });
});

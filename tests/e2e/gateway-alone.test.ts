/** The gateway alone: real clients that have its first line and nothing else. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { inSandbox, openWorld, runProgram, secret } from "./support/alone.ts";
import type { Alone, AloneWorld } from "./support/alone.ts";

const base = (world: AloneWorld): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: world.env["HOME"],
  GIT_TERMINAL_PROMPT: "0",
});

describe("a client in a network of its own", () => {
  let world: AloneWorld;
  let alone: Alone;
  let socket: string;
  beforeAll(async () => {
    world = await openWorld();
    socket = join(world.folder, "sock", "gateway");
    alone = await world.start(["--listen", socket]);
    return async () => {
      alone.process.kill("SIGTERM");
      await alone.ended;
      await world[Symbol.asyncDispose]();
    };
  });
  const inside = (argv: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    inSandbox(socket, argv, { ...base(world), ...alone.said.env, ...more });

  it("is told where everything is, and no secret", async () => {
    const { said } = alone;
    expect(Object.keys(said).slice(0, 4)).toEqual(["id", "listen", "placeholder", "ca"]);
    expect(said).toMatchObject({
      listen: socket,
      placeholders: { "x-api-key@api.example.com": said.placeholder },
      door: "http://127.0.0.1:4180",
      health: null,
    });
    expect(await readFile(said.ca, "utf8")).toContain("BEGIN CERTIFICATE");
    expect((await stat(said.ca)).mode & 0o777).toBe(0o644);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect((await stat(join(socket, ".."))).mode & 0o777).toBe(0o700);
    expect(alone.stdout() + alone.stderr()).not.toContain(secret);
  });

  it("curl gets the credential put in", async () => {
    const key = `X-Api-Key: ${alone.said.placeholder}`;
    const { stdout } = await inside(["curl", "-sS", "-H", key, "https://api.example.com/v1?a=b"]);
    expect(JSON.parse(stdout)).toMatchObject({ host: "api.example.com", url: "/v1?a=b" });
    const { fields } = world.services.seen.at(-1) ?? {};
    expect(fields).toMatchObject({ "x-api-key": secret });
    expect(JSON.stringify(fields)).not.toContain("placeholder");
    // The API echoes what it got.
    expect(stdout).not.toContain(secret);
  });

  it("git clones, though it shows the placeholder only when it is asked", async () => {
    const to = join(world.folder, "clone");
    const url = "https://git.example.com/repo.git";
    expect(await inside(["git", "clone", "-q", url, to])).toMatchObject({ code: 0 });
    expect(await readFile(join(to, "README"), "utf8")).toBe("cloned through the gateway\n");
  });

  it("npm reads its registry", async () => {
    const view = ["npm", "view", "left-over", "version", "--registry=https://registry.example/"];
    const result = await inside(view, { npm_config_update_notifier: "false" });
    expect(result).toMatchObject({ code: 0, stdout: "1.2.3\n" });
  });

  it("python opens a URL", async () => {
    const script =
      "import urllib.request as u; print(u.urlopen('https://plain.example.com/py').read().decode())";
    const { stdout, stderr } = await inside(["/usr/bin/python3", "-c", script]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ host: "plain.example.com", url: "/py" });
  });

  it("node finds the door, and its refusals in JSON", async () => {
    const script = `fetch("${alone.said.door}/nothing").then(async (a) => console.log(a.status, await a.text()))`;
    const { stdout } = await inside([process.execPath, "-e", script]);
    expect(stdout).toContain('404 {"error":{"code":"unknown-route"');
  });

  it("reaches nothing else", async () => {
    const direct = `https://127.0.0.1:${world.services.port}/`;
    const { code } = await inside(["curl", "-sSk", "--noproxy", "*", direct]);
    expect(code).toBe(7);
    const { stdout } = await inside(["curl", "-sS", "-i", "http://127.0.0.2:1/"]);
    expect(stdout).toContain("x-claude-bottle: host-not-allowed");
  });

  it.each([
    ["curl", ["curl", "-sS", "-w", "%{http_connect}", "https://plain.example.com/"], /^407/],
    ["git", ["git", "ls-remote", "https://git.example.com/repo.git"], /407/],
    [
      "python",
      [
        "/usr/bin/python3",
        "-c",
        "import urllib.request as u; u.urlopen('https://plain.example.com/')",
      ],
      /407/,
    ],
  ])("%s is refused with another placeholder, and without one", async (_name, argv, said) => {
    const before = world.services.seen.length;
    for (const door of ["http://bottle:wrong@127.0.0.1:4180", alone.said.door]) {
      const env = { HTTPS_PROXY: door, https_proxy: door, HTTP_PROXY: door, http_proxy: door };
      const { code, stdout, stderr } = await inside(argv, env);
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(said);
    }
    expect(world.services.seen).toHaveLength(before);
  });

  it("has its requests in an audit log that can be checked, without a secret or placeholder", async () => {
    const { stdout } = await world.run(["audit", alone.said.id]);
    expect(stdout).toMatch(/request {2}GET {2}https:\/\/api\.example\.com\/v1\?a=#\w+ {2}200/);
    expect(stdout).toContain("407  client-unknown");
    expect(stdout).not.toContain(secret);
    expect(stdout).not.toContain("claude-bottle-placeholder-");
    const verdict = await world.run(["audit", alone.said.id, "--verify"]);
    expect(verdict.stdout).toContain("not proven: The log was not ended in order");
  });
});

describe("a gateway alone on TCP", () => {
  it("takes a free port, and its health has a place of its own", async () => {
    await using world = await openWorld();
    const args = ["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "--drain", "20s"];
    const { said, process: child, ended } = await world.start(args);
    const env = { ...base(world), ...said.env };
    const { stdout } = await runProgram(["curl", "-sS", "https://plain.example.com/x"], env);
    expect(JSON.parse(stdout)).toMatchObject({ url: "/x" });
    const ask = (url: string): Promise<Response> => fetch(url, { method: "GET" });
    expect((await ask(`http://${said.health}/healthz`)).status).toBe(200);
    expect((await ask(`http://${said.health}/`)).status).toBe(404);
    expect((await fetch(`http://${said.health}/healthz`, { method: "POST" })).status).toBe(404);
    expect((await ask(`${said.door}/healthz`)).status).toBe(404);

    const busy = runProgram(["curl", "-sS", "https://plain.example.com/held"], env);
    const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
      while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await until(() => world.services.held.length === 1);
    child.kill("SIGTERM");
    await until(async () => (await ask(`http://${said.health}/healthz`)).status === 503);
    await expect(ask(said.door)).rejects.toThrow();
    world.services.held[0]?.();
    expect(await busy).toMatchObject({ code: 0, stdout: "released" });
    expect(await ended).toMatchObject({ code: 0 });
    const verdict = await world.run(["audit", said.id, "--verify"]);
    expect(verdict).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("nothing changed") as string,
    });
    expect((await world.run(["ps", "--all"])).stdout).toMatch(/gateway-\w{5} +exited 0/);
    expect((await world.run(["rm", said.id])).code).toBe(0);
  });

  it("ends long answers at the deadline of its drain, and everything at the second signal", async () => {
    await using world = await openWorld();
    for (const [drain, signals] of [
      ["200ms", 1],
      ["10m", 2],
    ] as const) {
      const alone = await world.start(["--listen", "127.0.0.1:0", "--drain", drain]);
      const env = { ...base(world), ...alone.said.env };
      const seen = world.services.seen.length;
      const drip = runProgram(["curl", "-sSN", "https://plain.example.com/drip"], env);
      while (world.services.seen.length === seen)
        await new Promise((resolve) => setTimeout(resolve, 20));
      alone.process.kill("SIGTERM");
      if (signals === 2) alone.process.kill("SIGINT");
      expect(await alone.ended).toMatchObject({ code: 0 });
      expect((await drip).code).not.toBe(0);
    }
  });

  it.each([
    ["0.0.0.0:0", "--public"],
    ["[::]:0", "--public"],
    ["192.0.2.1:4180", "--public"],
  ])("does not listen at %s unless that is asked for", async (at, word) => {
    await using world = await openWorld();
    const { code, stderr } = await world.run(["gateway", "--bottle", "e2e", "--listen", at]);
    expect(code).toBe(2);
    expect(stderr).toContain(word);
  });

  it("demands the placeholder of other machines too, under the name they call it by", async () => {
    await using world = await openWorld();
    const args = ["--listen", "0.0.0.0:0", "--public", "--door", "gateway.internal:4180"];
    const more = ["--certificates", ".", "--inside", "/etc/gateway"];
    const { said } = await world.start([...args, ...more]);
    expect(said.env).toMatchObject({
      HTTPS_PROXY: expect.stringMatching(
        /^http:\/\/bottle:[^@]+@gateway\.internal:4180$/,
      ) as string,
      NO_PROXY: "127.0.0.1,localhost,::1,gateway.internal",
      NODE_EXTRA_CA_CERTS: "/etc/gateway/ca.pem",
      SSL_CERT_FILE: "/etc/gateway/bundle.pem",
    });
    expect(said.ca).toBe(join(world.folder, "ca.pem"));
    const port = said.listen.split(":").at(-1);
    const { stdout } = await runProgram(
      ["curl", "-sSi", "-x", `http://127.0.0.1:${port}`, "http://plain.example.com/"],
      base(world),
    );
    expect(stdout).toMatch(/^HTTP\/1\.1 407 /);
  });

  it("copies its events where it is told, and says who it is to core dumps", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "events.jsonl");
    const {
      said,
      process: child,
      ended,
    } = await world.start([...["--listen", "127.0.0.1:0", "--audit", file]]);
    const limits = await readFile(`/proc/${child.pid}/limits`, "utf8");
    expect(limits).toMatch(/Max core file size +1 +1 /);
    await runProgram(["curl", "-sS", "https://plain.example.com/x"], {
      ...base(world),
      ...said.env,
    });
    child.kill("SIGTERM");
    await ended;
    const events = (await readFile(file, "utf8"))
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(["start", "connect", "request", "stop"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

/** The command line with an engine: manifest, sandbox, proof, requests and audit together, on the namespace rung. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import { benchEngine, renderEngine } from "../../bench/gateway/engine.ts";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import type { ScriptedModel } from "../../src/demo/model/server.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestHome } from "../support/bottle.ts";
import { realPipelock, standIn } from "../support/engine/pipelock.ts";
import { notApplicable, need } from "../support/require.ts";
import { endOf, openClaude } from "./support/claude.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { token } from "./support/manifest.ts";
import { killEngineOf, workspaceOf } from "./support/engine.ts";

/** The gateway looks for no such words: what is found here the engine has found (BIP-39). */
const leaked =
  "abandon ability able about above absent absorb abstract absurd abuse access accident";
const secret = "service-secret-0123456789abcdefgh";

interface Service extends AsyncDisposable {
  readonly port: number;
  readonly seen: {
    readonly url: string;
    readonly key: string | undefined;
    readonly body: string;
  }[];
}

/** What the bottle has a credential for. */
async function openService(): Promise<Service> {
  const seen: Service["seen"] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const key = request.headers["x-key"];
      const body = Buffer.concat(parts).toString("latin1");
      seen.push({ url: request.url ?? "", key: typeof key === "string" ? key : undefined, body });
      response.end("served");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function openBottle(
  service: Service,
  engine: object | string | undefined,
  more: object = {},
): Promise<Scene> {
  const manifest = {
    version: 1,
    bottles: {
      e2e: {
        engine,
        credentials: [
          {
            host: `127.0.0.1:${service.port}`,
            scheme: "http",
            header: "X-Key: {secret}",
            secret: "env:E2E_SECRET",
          },
        ],
        ...more,
      },
    },
    agents: { e2e: { bottle: "e2e", provider: "shell" } },
  };
  return openScene(JSON.stringify(manifest), { E2E_SECRET: secret });
}

const headless = ["--headless", "--yes", "--prompt"];
/** Prints status and refusal of each request. */
const ask = (args: string): string =>
  `curl -sS --noproxy '' -x "$http_proxy" -H "X-Key: $CLAUDE_BOTTLE_PLACEHOLDER_X_KEY_127_0_0_1" -o /dev/null -w '%{http_code} %header{x-claude-bottle}\\n' ${args}`;

const verdicts = async (program: string): Promise<void> => {
  await using service = await openService();
  await using scene = await openBottle(service, { name: "pipelock", program });
  const url = `http://127.0.0.1:${service.port}`;
  const encoded = Buffer.from(`key=${leaked}`).toString("base64");
  await writeFile(join(scene.workspace, "packed.gz"), gzipSync(`{"note":"${leaked}"}`));
  const prompt = [
    ask(`${url}/items?page=2`),
    ask(`'${url}/items?q=${encodeURIComponent(leaked)}'`),
    ask(`-d 'all is well' ${url}/in`),
    ask(`-d 'a=${leaked}' ${url}/in`),
    ask(`-d '${encoded}' ${url}/in`),
    ask(`-H 'Content-Encoding: gzip' --data-binary @packed.gz ${url}/in`),
  ].join("\n");
  const end = await scene.start([...headless, prompt]);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  expect(
    end.stdout
      .trim()
      .split("\n")
      .map((line) => line.trim()),
  ).toEqual([
    "200",
    "403 engine-denied",
    "200",
    "403 engine-denied",
    "403 engine-denied",
    "403 engine-denied",
  ]);
  expect(service.seen).toEqual([
    { url: "/items?page=2", key: secret, body: "" },
    { url: "/in", key: secret, body: "all is well" },
  ]);
  const audit = JSON.stringify(await scene.audit());
  expect(audit).toContain("engine-ready");
  expect(audit).not.toContain(leaked);
  expect(audit).not.toContain(secret);
  expect((JSON.parse(await scene.record("proof.json")) as { ok: boolean }).ok).toBe(true);
};

describe("a bottle with pipelock for verdicts", () => {
  it("lets out what it allows, with the credential, and nothing that it finds", async () => {
    await using program = await standIn();
    await verdicts(program.program);
  });

  it("does so with the real one", async (context) => {
    const found = await realPipelock();
    if ("missing" in found) {
      if (found.refused) notApplicable(context, found.missing);
      return need(context, found.missing);
    }
    await verdicts(found.program);
  });

  it("starts the real agent, whose conversation it does not read: words in it are no wallet", async () => {
    await using program = await standIn();
    const turns = [
      { kind: "bash", command: `echo ${leaked}` },
      { kind: "text", text: "done" },
    ] as const;
    await using claude = await openClaude({
      turns,
      manifest: { engine: { name: "pipelock", program: program.program } },
    });
    expect(endOf(await claude.ask())).toMatchObject({ is_error: false, result: "done" });
    const asked = claude.model.requests.filter(({ method }) => method === "POST");
    expect(asked.some(({ body }) => JSON.stringify(body).includes("abuse access accident"))).toBe(
      true,
    );
  });

  it("reads it where the manifest says so", async () => {
    await using program = await standIn();
    await using claude = await openClaude({
      turns: [{ kind: "text", text: "done" }],
      manifest: { engine: { name: "pipelock", program: program.program, conversation: "read" } },
    });
    const end = await claude.scene.start([...headless, `Say hello. ${leaked}`]);
    expect(end.code).not.toBe(0);
    const codes = (await claude.scene.audit()).map(({ code }) => code);
    expect(codes).toContain("engine-denied");
  });

  it.each([
    ["killed", "kill -9"],
    ["stopped", "kill -STOP"],
  ])(
    "that is %s: nothing leaves any more, the run goes on, and the owner is told",
    async (_how, kill) => {
      await using program = await standIn();
      await using service = await openService();
      await using scene = await openBottle(service, { name: "pipelock", program: program.program });
      const url = `http://127.0.0.1:${service.port}`;
      const prompt = `${ask(`${url}/first`)}\ntouch first\nwhile [ ! -e gone ]; do sleep 0.05; done\n${ask(`${url}/second`)}\necho on
touch on; while [ ! -e over ]; do sleep 0.05; done`;
      const running = scene.spawnStart([...headless, prompt]);
      const workspace = await workspaceOf(scene);
      await killEngineOf(program.program, kill.endsWith("9") ? "SIGKILL" : "SIGSTOP", workspace);
      while (!running.stdout().includes("\non\n")) await sleep(20);
      const [bottle] = JSON.parse(
        (await scene.run(["ps", "--format", "json"])).stdout,
      ) as readonly { engine: unknown; state: string }[];
      const { stdout: table } = await scene.run(["ps"]);
      await writeFile(join(workspace, "over"), "");
      const end = await running.ended;
      const killed = kill.endsWith("9");
      expect(bottle).toMatchObject({ state: "running", engine: killed ? "gone" : null });
      expect(table.includes("engine gone")).toBe(killed);
      expect(
        end.stdout
          .trim()
          .split("\n")
          .map((line) => line.trim()),
      ).toEqual(["200", "403 engine-unavailable", "on"]);
      expect(end.code).toBe(0);
      expect(service.seen.map(({ url: path }) => path)).toEqual(["/first"]);
      const codes = (await scene.audit()).map(({ code }) => code);
      expect(codes).toContain("engine-unavailable");
      if (killed) expect(codes).toContain("engine-gone");
    },
  );

  it("does not start where there is none, and says how to get it", async () => {
    await using service = await openService();
    await using scene = await openBottle(service, "pipelock");
    const end = await scene.start([...headless, "echo ran"], {
      PATH: "/usr/bin:/bin",
      XDG_CACHE_HOME: join(scene.folder, "cache"),
    });
    expect(end).toMatchObject({ code: 125, stdout: "" });
    expect(end.stderr).toContain("E_ENGINE_MISSING");
    expect(end.stderr.replaceAll(/\s+/g, " ")).toContain("go install");
  });

  it("does not start where it refuses its settings", async () => {
    await using service = await openService();
    await using scene = await openBottle(service, { name: "pipelock", program: "/bin/false" });
    const end = await scene.start([...headless, "echo ran"]);
    expect(end).toMatchObject({ code: 125, stdout: "" });
    expect(end.stderr).toContain("E_ENGINE_START");
  });

  it("says in its plan where it stands", async () => {
    await using service = await openService();
    await using scene = await openBottle(service, { name: "pipelock", program: "/bin/true" });
    const { stdout } = await scene.start(["--dry-run", "--prompt", "true"]);
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain("pipelock is asked about each request");
    expect(text).toContain("without its answer nothing leaves");
  });
});

const name = "model.example.com";

/** A network from which the model is reached through the engine alone: no name server knows it. */
async function openLastHop(hosts: readonly string[] = []): Promise<
  AsyncDisposable & {
    readonly model: ScriptedModel;
    readonly scene: Scene;
    readonly program: string;
  }
> {
  const ca = createCertificateAuthority({ names: [name], now: new Date() });
  const turns = [{ kind: "text", text: "hello from afar" }] as const;
  const model = await startScriptedModel({ turns, token, tls: ca });
  const program = await standIn({
    leads: { [`${name}:443`]: { host: "127.0.0.1", port: model.port } },
  });
  const credential = { preset: "anthropic", url: `https://${name}`, secret: "env:E2E_TOKEN" };
  const manifest = {
    version: 1,
    bottles: {
      e2e: {
        engine: { name: "pipelock", as: "last-hop", program: program.program },
        credentials: [credential],
        egress: { allow: hosts },
      },
    },
    agents: {
      e2e: { bottle: "e2e", provider: "claude" },
      shell: { bottle: "e2e", provider: "shell" },
    },
  };
  const scene = await openScene(JSON.stringify(manifest), { E2E_TOKEN: token });
  const trust = join(scene.folder, "model.pem");
  await writeFile(trust, ca.caPem);
  Object.assign(scene.env, { NODE_EXTRA_CA_CERTS: trust });
  return {
    model,
    scene,
    program: program.program,
    async [Symbol.asyncDispose]() {
      await model.close();
      await program[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

describe("a bottle with pipelock as the last hop", () => {
  it("is proven, and the real agent reaches its model through it, with the credential", async () => {
    await using hop = await openLastHop();
    const end = await hop.scene.start(["e2e", ...headless, "Say hello."]);
    expect(endOf(end)).toMatchObject({ is_error: false, result: "hello from afar" });
    expect(hop.model.requests.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    expect((JSON.parse(await hop.scene.record("proof.json")) as { ok: boolean }).ok).toBe(true);
    expect(JSON.stringify(await hop.scene.audit())).not.toContain(token);
  });

  it("that is killed: nothing goes past it", async () => {
    await using hop = await openLastHop();
    const look = `curl -sS --noproxy '' -H "authorization: Bearer $CLAUDE_CODE_OAUTH_TOKEN$ANTHROPIC_AUTH_TOKEN" -o /dev/null -w '%{http_code} %header{x-claude-bottle}\\n' http://127.0.0.1:4180/anthropic/v1/models`;
    const prompt = `${look}\ntouch first\nwhile [ ! -e gone ]; do sleep 0.05; done\n${look}\necho on`;
    const running = hop.scene.spawnStart(["shell", ...headless, prompt]);
    await killEngineOf(hop.program, "SIGKILL", await workspaceOf(hop.scene));
    const end = await running.ended;
    const lines = end.stdout
      .trim()
      .split("\n")
      .map((line) => line.trim());
    expect(lines.slice(1)).toEqual(["502 upstream-proxy-failed", "on"]);
    // The first came to the model and was answered there.
    expect(lines[0]).toMatch(/^\d+$/);
    expect(hop.model.requests).toHaveLength(1);
    expect((await hop.scene.audit()).map(({ code }) => code)).toContain("engine-gone");
  });

  it("says in its plan whose the check of addresses is, and goes beside no other proxy", async () => {
    await using hop = await openLastHop();
    const { stdout } = await hop.scene.start(["e2e", "--dry-run", "--prompt", "true"]);
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain("pipelock is the way out");
    expect(text).toContain("address a name means is decided and checked there, not here");
  });
});

test("what verdicts cost is measured with and without, in turn", async () => {
  await using program = await standIn();
  await using home = await openTestHome();
  const report = await benchEngine(home.host, {
    program: program.program,
    rounds: 1,
    ms: 100,
    progress: () => undefined,
  });
  expect(report.rows.map(({ engine }) => engine)).toEqual(
    [0, 1, 2, 3].flatMap(() => [false, true]),
  );
  for (const { perSecond } of report.rows) expect(perSecond.median).toBeGreaterThan(0);
  expect(renderEngine(report)).toContain(program.program);
});

test("the gateway alone runs no engine, and serves no bottle that has one", async () => {
  await using service = await openService();
  await using scene = await openBottle(service, "pipelock");
  const args = ["gateway", "--manifest", scene.manifest, "--bottle", "e2e", "--listen"];
  const end = await scene.run([...args, join(scene.folder, "sock")]);
  expect(end).toMatchObject({ code: 125, stdout: "" });
  expect(end.stderr).toContain("E_PLAN_ENGINE");
});

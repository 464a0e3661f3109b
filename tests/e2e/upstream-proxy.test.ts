/** The command line behind a company's proxy: manifest, secret, proof and requests together. */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import type { ScriptedModel } from "../../src/demo/model/server.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import { startProxy } from "../support/proxy.ts";
import type { TestProxy } from "../support/proxy.ts";
import { endOf } from "./support/claude.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { token } from "./support/manifest.ts";

const name = "model.example.com";
const auth = "bottler:correct horse battery";

interface Office extends AsyncDisposable {
  readonly model: ScriptedModel;
  readonly proxy: TestProxy;
  readonly scene: Scene;
}

/** A network from which the model is reached through the proxy alone: no name server knows it. */
async function openOffice(
  provider: "claude" | "shell",
  { proxyAuth = auth, env = {} }: { proxyAuth?: string; env?: Record<string, string> } = {},
): Promise<Office> {
  const now = new Date();
  const modelCa = createCertificateAuthority({ names: [name], now });
  const proxyCa = createCertificateAuthority({ names: ["localhost"], now });
  const turns = [{ kind: "text", text: "hello from afar" }] as const;
  const model = await startScriptedModel({ turns, token, tls: modelCa });
  const proxy = await startProxy({
    leads: { [`${name}:443`]: model.port },
    auth,
    tls: proxyCa.contextFor("localhost"),
  });
  const upstreamProxy = {
    url: `https://localhost:${proxy.port}`,
    ca: "~/proxy.pem",
    auth: "env:PROXY_AUTH",
  };
  const credential = { preset: "anthropic", url: `https://${name}`, secret: "env:E2E_TOKEN" };
  const manifest = {
    version: 1,
    bottles: { e2e: { env, credentials: [credential], upstreamProxy } },
    agents: { e2e: { bottle: "e2e", provider } },
  };
  const scene = await openScene(JSON.stringify(manifest), {
    E2E_TOKEN: token,
    PROXY_AUTH: proxyAuth,
  });
  const trust = join(scene.folder, "model.pem");
  await writeFile(trust, modelCa.caPem);
  await writeFile(join(scene.folder, "proxy.pem"), proxyCa.caPem);
  Object.assign(scene.env, { HOME: scene.folder, NODE_EXTRA_CA_CERTS: trust });
  return {
    model,
    proxy,
    scene,
    async [Symbol.asyncDispose]() {
      await model.close();
      await proxy[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

const cache = process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/", ".cache");

describe("a bottle behind a proxy", () => {
  it("is proven, and the real agent reaches its model through the proxy; the proxy's secret is nowhere in it", async () => {
    await using office = await openOffice("claude");
    const args = ["--headless", "--yes", "--prompt", "Say hello."];
    const result = await office.scene.start(args, { XDG_CACHE_HOME: cache });
    expect(endOf(result)).toMatchObject({ is_error: false, result: "hello from afar" });
    expect(new Set(office.proxy.heads.map((head) => head.split("\r\n")[0]))).toEqual(
      new Set([`CONNECT ${name}:443 HTTP/1.1`]),
    );
    expect(office.model.requests.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    expect(JSON.stringify(office.model.requests)).not.toMatch(/proxy-authorization|correct horse/i);
    const proof = JSON.parse(await office.scene.record("proof.json")) as { ok: boolean };
    expect(proof.ok).toBe(true);
    const hidden = [auth, "correct horse", Buffer.from(auth).toString("base64")];
    for (const text of await everyFile(office.scene.stateHome))
      for (const value of hidden) expect(text).not.toContain(value);
  });

  it("says in its plan that the check of addresses is the proxy's", async () => {
    await using office = await openOffice("shell");
    const { stdout } = await office.scene.start(["--dry-run", "--prompt", "true"]);
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain(`through https://localhost:${office.proxy.port}`);
    expect(text).toContain("address a name means is decided and checked there, not here");
    expect(office.proxy.sockets).toHaveLength(0);
  });

  it("lets nothing out where the proxy does not take its word, and the owner learns why", async () => {
    await using office = await openOffice("shell", { proxyAuth: "bottler:an old password" });
    const ask = `fetch(process.env.ANTHROPIC_BASE_URL + "/v1/models", {
      headers: { authorization: "Bearer " + process.env.CLAUDE_CODE_OAUTH_TOKEN },
    }).then(async (a) => console.log(a.status, a.headers.get("x-claude-bottle"), await a.text()));`;
    const node = "/opt/claude-bottle/node";
    const result = await office.scene.start(["--headless", "--yes", "--", node, "-e", ask]);
    expect(result.stdout).toMatch(/^403 upstream-proxy-refused /);
    expect(result.stdout + result.stderr).not.toMatch(/old password|407|localhost/);
    expect(office.model.requests).toHaveLength(0);
    const [id = ""] = await readdir(join(office.scene.stateHome, "claude-bottle"));
    const { stdout } = await office.scene.run(["audit", id]);
    expect(stdout).toMatch(/upstream-proxy-refused {2}the proxy answered 407/);
  });

  it.each([
    ["is not there", undefined, /cannot be read/],
    ["holds no certificate", "nothing of the kind\n", /holds none/],
  ])("does not start where the file of the proxy's authorities %s", async (_n, text, what) => {
    await using office = await openOffice("shell");
    const home = { HOME: join(office.scene.folder, "other") };
    await mkdir(home.HOME);
    if (text !== undefined) await writeFile(join(home.HOME, "proxy.pem"), text);
    const args = ["--headless", "--yes", "--prompt", "echo ran"];
    const result = await office.scene.start(args, home);
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toContain("E_CA_FILE");
    expect(result.stderr).toMatch(what);
  });

  it("does not start where the owner put the proxy's secret into the bottle himself", async () => {
    await using office = await openOffice("shell", { env: { OOPS: "${PROXY_AUTH}" } });
    const result = await office.scene.start(["--headless", "--yes", "--prompt", "echo ran"]);
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toContain("E_PROOF_FAILED");
    expect(result.stderr).toContain("env:PROXY_AUTH");
    expect(result.stderr).not.toContain("correct horse");
  });

  it("does not start with a secret that is no user:password, which is not shown", async () => {
    await using office = await openOffice("shell", { proxyAuth: "just-a-password" });
    const result = await office.scene.start(["--headless", "--yes", "--prompt", "echo ran"]);
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toContain("E_SECRET_VALUE");
    expect(result.stderr).not.toContain("just-a-password");
  });
});

async function everyFile(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "latin1")));
}

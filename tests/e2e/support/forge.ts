/** A bottle whose one way out leads to a real Gitea, with two repositories, of which it is granted one. */
import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCertificateAuthority } from "../../../src/gateway/tls/authority.ts";
import { startGitea } from "../../support/gitea/server.ts";
import type { Gitea } from "../../support/gitea/server.ts";
import { startProxy } from "../../support/proxy.ts";
import { openScene } from "./cli.ts";
import type { CliResult, Scene } from "./cli.ts";

const run = promisify(execFile);

/** The name by which the Gitea is known; no name server knows it. */
export const forgeHost = "git.example.org";

export interface Forge extends AsyncDisposable {
  readonly gitea: Gitea;
  readonly scene: Scene;
  /** Runs a script in a new bottle. */
  readonly bottle: (script: string) => Promise<CliResult>;
  /** What a branch of `owner/app` is at, as the server says. */
  readonly tip: (branch: string) => Promise<string>;
}

export interface ForgeOptions {
  readonly gitea: { readonly program: string; readonly folder: string };
  /** Program files by the name under which they are found inside, in /opt/tools. */
  readonly tools: Readonly<Record<string, string>>;
  readonly can: readonly string[];
  readonly lfs?: "none" | "read" | "write";
  /** Values of variables that the agent sees, and that may not leave. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function openForge({
  gitea: built,
  tools,
  can,
  lfs = "none",
  env = {},
}: ForgeOptions): Promise<Forge> {
  const ca = createCertificateAuthority({ names: [forgeHost], now: new Date() });
  const gitea = await startGitea({ ...built, host: forgeHost, tls: ca.contextFor(forgeHost) });
  const proxy = await startProxy({ leads: { [`${forgeHost}:443`]: gitea.port } });
  const manifest = {
    version: 1,
    bottles: {
      e2e: {
        env: Object.fromEntries(Object.keys(env).map((name) => [name, `\${${name}}`])),
        credentials: [
          {
            preset: "gitea",
            url: `https://${forgeHost}`,
            secret: "env:FORGE_TOKEN",
            repos: ["owner/app"],
            can,
            lfs,
          },
        ],
        upstreamProxy: { url: `http://127.0.0.1:${proxy.port}` },
        mounts: [{ source: "~/tools", target: "/opt/tools" }],
      },
    },
    agents: { e2e: { bottle: "e2e", provider: "shell" } },
  };
  const scene = await openScene(JSON.stringify(manifest), { FORGE_TOKEN: gitea.token, ...env });
  const trust = join(scene.folder, "forge.pem");
  await writeFile(trust, ca.caPem);
  Object.assign(scene.env, { HOME: scene.folder, NODE_EXTRA_CA_CERTS: trust });
  await mkdir(join(scene.folder, "tools"));
  for (const [name, program] of Object.entries(tools))
    await cp(program, join(scene.folder, "tools", name));
  for (const name of ["app", "other"])
    await gitea.api("POST", "/user/repos", { name, auto_init: true, default_branch: "main" });
  await gitea.api("POST", "/repos/owner/app/issues", { title: "It leaks", body: "Look at it." });
  return {
    gitea,
    scene,
    bottle: (script) => scene.start(["--headless", "--yes", "--prompt", script]),
    async tip(branch) {
      const { stdout } = await run("git", [
        "ls-remote",
        gitea.straight("owner/app"),
        `refs/heads/${branch}`,
      ]);
      return stdout.split("\t")[0] ?? "";
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await gitea[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

/** Real git on one side of a real gateway, git's own server on the other. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileCredential, insideOf } from "../../src/credentials/compile.ts";
import type { GatewayConfig } from "../../src/gateway/config.ts";
import type { GitCredential } from "../../src/manifest/manifest.ts";
import { startGateway } from "./gateway.ts";
import type { TestGateway } from "./gateway.ts";
import { startGitServer } from "./git-server.ts";
import type { GitServer } from "./git-server.ts";

export const gitSecret = "ghp-real-0123456789abcdefghijklmnop";
export const gitPlaceholder = "claude-bottle-placeholder-header-0123456789abcdef";

export interface GitResult {
  readonly code: number;
  /** What git says for people. */
  readonly stderr: string;
  readonly stdout: string;
}

export interface GitScene extends AsyncDisposable {
  readonly server: GitServer;
  readonly bottle: TestGateway;
  /** The URL of a repository, for git inside. */
  url(repo: string): string;
  /** git as in a bottle: with nothing but the config that is put there. */
  git(folder: string, ...args: readonly string[]): Promise<GitResult>;
  /** Fails the test where git fails; its output without the last line break. */
  good(folder: string, ...args: readonly string[]): Promise<string>;
  readonly folder: string;
  /** A clone of `me/app` in which `agent/x` is checked out; one commit on main, one more on agent/x. */
  readonly work: string;
  /** Adds a commit with a file; its id. */
  commit(name: string, content: string | Buffer, message?: string): Promise<string>;
}

export interface GitSceneOptions {
  readonly spec?: Partial<GitCredential>;
  readonly config?: Partial<GatewayConfig>;
  /** Of the server's repository. */
  readonly repository?: Readonly<Record<string, string>>;
  readonly format?: "sha1" | "sha256";
}

export async function openGitScene(options: GitSceneOptions = {}): Promise<GitScene> {
  const folder = mkdtempSync(join(tmpdir(), "git-scene-"));
  const basic = Buffer.from(`git:${gitSecret}`).toString("base64");
  const server = await startGitServer({ authorization: `Basic ${basic}` });
  const spec: GitCredential = {
    kind: "git",
    secret: { text: "env:X", source: { kind: "env", variable: "X" } },
    url: `http://127.0.0.1:${server.port}`,
    user: "git",
    auth: "basic",
    repos: ["me/app"],
    can: ["read", "push:agent/**"],
    maxPush: 64 * 2 ** 20,
    lfs: "none",
    ...options.spec,
  };
  const [credential] = compileCredential(spec, gitSecret, gitPlaceholder);
  const bottle = await startGateway({
    config: {
      ...options.config,
      credentials: [credential, ...(options.config?.credentials ?? [])],
    },
  });
  const door = createServer((socket) => {
    const through = connect(bottle.path);
    socket.on("error", () => through.destroy());
    through.on("error", () => socket.destroy());
    socket.pipe(through).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    door.listen(0, "127.0.0.1", resolve);
  });
  const proxy = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const gitConfig = insideOf(spec, gitPlaceholder).seeds[0]?.content ?? "";
  writeFileSync(
    join(folder, ".gitconfig"),
    `[user]\n\tname = a\n\temail = a@bottle.invalid\n[init]\n\tdefaultBranch = main\n${gitConfig}`,
  );
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    LC_ALL: "C",
    http_proxy: proxy,
  };
  const git = (cwd: string, ...args: readonly string[]): Promise<GitResult> =>
    new Promise((resolve) => {
      execFile("git", args, { cwd, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
    });
  const good = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const result = await git(cwd, ...args);
    if (result.code !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr}`);
    return result.stdout.trimEnd();
  };
  const work = join(folder, "work");
  const commit = async (
    name: string,
    content: string | Buffer,
    message = name,
  ): Promise<string> => {
    writeFileSync(join(work, name), content);
    await good(work, "add", "--", name);
    await good(work, "commit", "-q", "-m", message);
    return good(work, "rev-parse", "HEAD");
  };
  // The server's first commits come straight, not through the gateway.
  const straight = server.create("me/app", options.repository, options.format);
  await good(folder, "init", "-q", `--object-format=${options.format ?? "sha1"}`, work);
  await commit("README", "hello\n");
  await good(work, "push", "-q", straight, "main");
  await good(work, "switch", "-q", "-c", "agent/x");
  await commit("x", "x\n");
  await good(work, "push", "-q", straight, "agent/x");
  await good(work, "remote", "add", "origin", `${spec.url}/me/app.git`);
  await good(work, "fetch", "-q", straight, "+refs/heads/*:refs/remotes/origin/*");
  return {
    server,
    bottle,
    folder,
    work,
    url: (repo) => `${spec.url}/${repo}.git`,
    git,
    good,
    commit,
    async [Symbol.asyncDispose]() {
      await bottle[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await new Promise<void>((resolve) => {
        door.close(() => resolve());
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

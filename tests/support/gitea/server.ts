/** A real Gitea on loopback, its TLS ended before it, so that a test sees what came and counts it. */
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import type { SecureContext } from "node:tls";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Gitea extends AsyncDisposable {
  /** Of TLS. */
  readonly port: number;
  /** The token of its first user `owner`, who is its administrator: it may do everything. */
  readonly token: string;
  /** Everything that came to it through the TLS port, decrypted. */
  received(): string;
  /** Asks the API straight, as `owner`; fails on an error. */
  api(method: string, path: string, body?: object): Promise<unknown>;
  /** Its address for git, straight, with the token. */
  straight(repo: string): string;
}

export interface GiteaOptions {
  readonly program: string;
  /** With its folders `options`, `templates`, `public`. */
  readonly folder: string;
  /** The name that it is known by. */
  readonly host: string;
  readonly tls: SecureContext;
}

export async function startGitea({ program, folder, host, tls }: GiteaOptions): Promise<Gitea> {
  const work = await mkdtemp(join(tmpdir(), "gitea-"));
  const port = await freePort();
  const config = join(work, "app.ini");
  await mkdir(join(work, "data"));
  await writeFile(config, ini({ work, folder, host, port }));
  const env = {
    PATH: process.env["PATH"],
    HOME: work,
    GITEA_WORK_DIR: work,
    // Only where the tests are run by root: it serves loopback for the time of one test.
    GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: "true",
  };
  const server = spawn(program, ["-c", config, "web"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => {
    server.once("close", () => resolve());
  });
  const origin = `http://127.0.0.1:${port}`;
  await answers(`${origin}/api/v1/version`, ended, () => said);
  const made = await run(
    program,
    [
      ...["-c", config, "admin", "user", "create", "--admin", "--username", "owner"],
      ...["--email", "owner@example.org", "--password", "Correct-Horse-1"],
      ...["--must-change-password=false", "--access-token", "--access-token-scopes", "all"],
    ],
    { env },
  );
  const token = /\b[0-9a-f]{40}\b/.exec(made.stdout)?.[0] ?? "";
  const parts: Buffer[] = [];
  const front = createServer({ SNICallback: (_host, done) => done(null, tls) }, (socket) => {
    const back = connect(port, "127.0.0.1");
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("error", () => back.destroy());
    back.on("error", () => socket.destroy());
    socket.pipe(back).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    front.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (front.address() as AddressInfo).port,
    token,
    received: () => Buffer.concat(parts).toString("latin1"),
    straight: (repo) => `http://owner:${token}@127.0.0.1:${port}/${repo}.git`,
    async api(method, path, body) {
      const answer = await fetch(`${origin}/api/v1${path}`, {
        method,
        headers: { authorization: `token ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      const kill = setTimeout(() => server.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(kill);
      await new Promise<void>((resolve) => {
        front.close(() => resolve());
      });
      await rm(work, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly work: string;
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

function ini({ work, folder, host, port }: Place): string {
  return `RUN_MODE = prod
WORK_PATH = ${work}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = https://${host}/
PUBLIC_URL_DETECTION = never
STATIC_ROOT_PATH = ${folder}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = true
[database]
DB_TYPE = sqlite3
PATH = ${work}/data/gitea.db
[repository]
ROOT = ${work}/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-tests
PASSWORD_HASH_ALGO = pbkdf2_v1
[log]
MODE = console
LEVEL = Warn
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = false
`;
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}

async function answers(url: string, ended: Promise<void>, said: () => string): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (let tries = 0; tries < 600; tries += 1) {
    if (over) break;
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`Gitea does not answer: ${said().slice(-2000)}`);
}

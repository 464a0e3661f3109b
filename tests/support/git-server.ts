/** Git's own server at the far end of the wire: `git http-backend` (git-http-backend(1)) behind a port of the test's. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface GitServer extends AsyncDisposable {
  readonly port: number;
  readonly root: string;
  /** Every request, in their order. */
  readonly requests: {
    readonly line: string;
    readonly headers: IncomingMessage["headers"];
    /** Bytes of the body so far. */
    size: number;
  }[];
  /** Bytes that came for git-receive-pack: what left by a push. */
  pushed(): number;
  /** A new bare repository: `owner/name`. */
  create(repo: string, config?: Readonly<Record<string, string>>, format?: string): string;
  /** git in one of them; its answer without the last line break. */
  git(repo: string, ...args: readonly string[]): string;
}

export interface GitServerOptions {
  /** The whole `Authorization` that is demanded. */
  readonly authorization: string;
}

export async function startGitServer({ authorization }: GitServerOptions): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), "git-server-"));
  const requests: GitServer["requests"] = [];
  const server = createServer((request, response) => {
    const seen = { line: `${request.method} ${request.url}`, headers: request.headers, size: 0 };
    requests.push(seen);
    request.on("data", (part: Buffer) => {
      seen.size += part.length;
    });
    if (request.headers.authorization === authorization) serve(root, request, response);
    else response.writeHead(401, { "www-authenticate": "Basic" }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    root,
    requests,
    pushed: () =>
      requests
        .filter(({ line }) => line.endsWith("/git-receive-pack"))
        .reduce((sum, { size }) => sum + size, 0),
    create(repo, config = {}, format = "sha1") {
      const folder = join(root, `${repo}.git`);
      mkdirSync(dirname(folder), { recursive: true });
      execFileSync("git", [
        "init",
        "-q",
        "--bare",
        `--object-format=${format}`,
        "-b",
        "main",
        folder,
      ]);
      for (const [key, value] of Object.entries({ "http.receivepack": "true", ...config }))
        execFileSync("git", ["-C", folder, "config", key, value]);
      return folder;
    },
    git: (repo, ...args) =>
      execFileSync("git", ["-C", join(root, `${repo}.git`), ...args], {
        encoding: "utf8",
      }).trimEnd(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://x");
  const { headers } = request;
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_USER: "test",
      CONTENT_TYPE: headers["content-type"] ?? "",
      ...(headers["content-length"] === undefined
        ? {}
        : { CONTENT_LENGTH: headers["content-length"] }),
      ...(headers["content-encoding"] === undefined
        ? {}
        : { HTTP_CONTENT_ENCODING: headers["content-encoding"] }),
      ...(headers["git-protocol"] === undefined
        ? {}
        : { GIT_PROTOCOL: String(headers["git-protocol"]) }),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  backend.stdin.on("error", () => undefined);
  request.pipe(backend.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  backend.stdout.on("data", (part: Buffer) => {
    if (head === undefined) {
      response.write(part);
      return;
    }
    head = Buffer.concat([head, part]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const fields = head
      .toString("latin1", 0, end)
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = fields.find(([name]) => name === "Status")?.[1] ?? "200";
    response.writeHead(
      Number.parseInt(status, 10),
      fields.filter(([name]) => name !== "Status").flat(),
    );
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  backend.on("close", () => {
    if (head !== undefined) response.writeHead(500);
    response.end();
  });
}

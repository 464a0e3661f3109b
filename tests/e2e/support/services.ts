/** Real services behind one port, by the name in TLS: git's own HTTP backend, a registry's one package, an API that echoes. */
import { execFileSync, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { SecureContext } from "node:tls";

export interface Services extends AsyncDisposable {
  readonly port: number;
  /** Name and path of each request, with its fields. */
  readonly seen: { readonly host: string; readonly url: string; readonly fields: object }[];
  /** Answers that wait until they are released. */
  readonly held: (() => void)[];
}

export async function startServices(
  folder: string,
  contextFor: (name: string) => SecureContext,
): Promise<Services> {
  const seen: Services["seen"] = [];
  const held: Services["held"] = [];
  await makeRepository(folder);
  const server = createServer(
    { SNICallback: (name, done) => done(null, contextFor(name)) },
    (request, response) => {
      const { host = "", ...fields } = request.headers;
      const { url = "" } = request;
      seen.push({ host, url, fields });
      if (host === "git.example.com") gitBackend(folder, request, response);
      else if (host === "registry.example") response.end(JSON.stringify(packument));
      else if (url === "/held") held.push(() => response.end("released"));
      else if (url === "/rotated") {
        const { "x-api-key": key = "" } = request.headers;
        response.statusCode = String(key).startsWith("second") ? 200 : 401;
        response.end();
      } else if (url === "/drip") response.write("begun");
      else response.end(JSON.stringify({ host, url, fields }));
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    held,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const packument = {
  name: "left-over",
  "dist-tags": { latest: "1.2.3" },
  versions: {
    "1.2.3": {
      name: "left-over",
      version: "1.2.3",
      dist: { tarball: "https://registry.example/left-over/-/left-over-1.2.3.tgz", shasum: "0" },
    },
  },
};

/** `repo.git` with one commit. */
async function makeRepository(folder: string): Promise<void> {
  const work = join(folder, "work");
  await mkdir(work, { recursive: true });
  await writeFile(join(work, "README"), "cloned through the gateway\n");
  const git = (...args: string[]): unknown =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: work,
      stdio: "ignore",
      env: { PATH: process.env["PATH"], HOME: folder },
    });
  git("init", "-q", "-b", "main");
  git("add", "README");
  git("commit", "-qm", "first");
  git("clone", "-q", "--bare", work, join(folder, "repo.git"));
}

/** RFC 3875, as far as git-http-backend(1) needs it. */
function gitBackend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "https://git.example.com");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.on("close", () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf("\r\n\r\n");
    for (const line of all.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name = "", value = ""] = line.split(": ");
      if (name === "Status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}

/** A program of the bottle's on one side of a real gateway, a fake service with TLS on the other: what both see, by compiled credentials. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import type { IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compileCredential, insideOf } from "../../src/credentials/compile.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import type { CredentialSpec } from "../../src/manifest/manifest.ts";
import { startGateway } from "./gateway.ts";
import type { TestGateway } from "./gateway.ts";

export const clientSecret = "real-secret-0123456789abcdefghijklmnop";
export const clientPlaceholder = "claude-bottle-placeholder-header-0123456789abcdef";

/** What came to the service. */
export interface Seen {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

/** What it says; text is JSON as it is. */
export interface Said {
  readonly status?: number;
  readonly type?: string;
  readonly body: string | Buffer | object;
}

export interface ClientResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ClientScene extends AsyncDisposable {
  /** Where the service is, for programs. */
  readonly url: string;
  readonly host: string;
  readonly seen: readonly Seen[];
  readonly bottle: TestGateway;
  readonly folder: string;
  /** As in a bottle: with the proxy, the bottle's CA, and what the credential puts inside. */
  run(program: string, args: readonly string[], cwd?: string): Promise<ClientResult>;
}

export interface ClientSceneOptions {
  /** `url`: where the service came to be. */
  readonly spec: (url: string) => CredentialSpec;
  readonly answer: (request: Seen, url: string) => Said;
}

const name = "service.example.org";

export async function openClientScene(options: ClientSceneOptions): Promise<ClientScene> {
  const folder = mkdtempSync(join(tmpdir(), "client-scene-"));
  const upstreamCa = createCertificateAuthority({ names: [name], now: new Date() });
  const seen: Seen[] = [];
  const service = createHttpsServer(
    { SNICallback: (host, done) => done(null, upstreamCa.contextFor(host)) },
    (request: IncomingMessage, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const one: Seen = {
          line: `${request.method} ${request.url}`,
          authorization: request.headers.authorization,
          body: Buffer.concat(parts),
        };
        seen.push(one);
        const { status = 200, type = "application/json", body } = options.answer(one, url);
        const bytes =
          typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
        response.writeHead(status, { "content-type": type });
        response.end(bytes);
      });
    },
  );
  const port = await listening(service);
  const url = `https://${name}:${port}`;
  const spec = options.spec(url);
  const bottle = await startGateway({
    names: [name],
    config: {
      credentials: compileCredential(spec, clientSecret, clientPlaceholder),
      extraCa: [upstreamCa.caPem],
      // The service is on this machine, by a name that is not.
      breakBoundary: "gateway-address",
    },
  });
  const door = createServer((socket) => {
    const through = connect(bottle.path);
    socket.on("error", () => through.destroy());
    through.on("error", () => socket.destroy());
    socket.pipe(through).pipe(socket);
  });
  const proxy = `http://127.0.0.1:${await listening(door)}`;
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, bottle.caPem);
  const inside = insideOf(spec, clientPlaceholder);
  for (const { path, content } of inside.seeds) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    https_proxy: proxy,
    HTTPS_PROXY: proxy,
    SSL_CERT_FILE: ca,
    NODE_EXTRA_CA_CERTS: ca,
    npm_config_cafile: ca,
    ...inside.env,
  };
  return {
    url,
    host: `${name}:${port}`,
    seen,
    bottle,
    folder,
    run: (program, args, cwd = folder) =>
      new Promise((resolve) => {
        execFile(program, args, { cwd, env, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
          resolve({ code, stdout, stderr });
        });
      }),
    async [Symbol.asyncDispose]() {
      door.close();
      service.closeAllConnections();
      service.close();
      await bottle[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

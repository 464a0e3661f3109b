/** A real gateway on a unix socket, and raw connections to it, for tests that look at bytes. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditEvent, Credential, GatewayConfig } from "../../src/gateway/config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import type { Gateway, GatewayDeps } from "../../src/gateway/gateway.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import type { HostRule } from "../../src/manifest/manifest.ts";

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  /** What it was started with. */
  readonly config: GatewayConfig;
  readonly path: string;
  readonly caPem: string;
  readonly audit: AuditEvent[];
  /** Names that were looked up. */
  readonly lookups: string[];
  open(): RawClient;
}

export interface TestGatewayOptions {
  readonly config?: Partial<GatewayConfig>;
  readonly resolve?: GatewayDeps["resolve"];
  readonly names?: readonly string[];
  readonly limits?: GatewayDeps["limits"];
  readonly ownPlaceholder?: string;
  readonly writable?: () => boolean;
}

/** Allows nothing unless told otherwise; the door is named `127.0.0.1:4180`. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-"));
  const path = join(folder, "s");
  const audit: AuditEvent[] = [];
  const lookups: string[] = [];
  const ca = createCertificateAuthority({
    names: options.names ?? ["localhost", "*.example.org"],
    now: new Date(),
  });
  const resolve = options.resolve ?? (async () => [{ address: "127.0.0.1", family: 4 as const }]);
  const config: GatewayConfig = {
    id: "test-00000",
    allow: [],
    deny: [],
    credentials: [],
    blockedValues: [],
    extraCa: [],
    upstreamProxy: null,
    breakBoundary: undefined,
    ...options.config,
  };
  const gateway = createGateway(config, {
    now: () => Date.now(),
    resolve: (host) => {
      lookups.push(host);
      return resolve(host);
    },
    ca,
    audit: (event) => audit.push(event),
    door: { host: "127.0.0.1", port: 4180 },
    ...(options.writable === undefined ? {} : { writable: options.writable }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.ownPlaceholder === undefined ? {} : { ownPlaceholder: options.ownPlaceholder }),
  });
  await gateway.listen({ path });
  const clients: RawClient[] = [];
  return {
    gateway,
    config,
    path,
    caPem: ca.caPem,
    audit,
    lookups,
    open() {
      const client = rawClient(connect(path));
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.socket.destroy();
      await gateway[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RawClient {
  readonly socket: Socket;
  send(data: string | Buffer): void;
  /** Everything received so far, one character a byte. */
  text(): string;
  /** Resolves when the text so far satisfies the condition; rejects when the connection ends first. */
  until(condition: (text: string) => boolean): Promise<string>;
  /** Resolves with everything received when the connection has ended. */
  readonly ended: Promise<string>;
}

export function rawClient(socket: Socket): RawClient {
  let text = "";
  let over = false;
  const watchers = new Set<() => void>();
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (const watcher of watchers) watcher();
  });
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.on("close", () => {
      over = true;
      for (const watcher of watchers) watcher();
      resolve(text);
    });
  });
  return {
    socket,
    send: (data) => void socket.write(data, "latin1"),
    text: () => text,
    ended,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (condition(text)) resolve(text);
          else if (over) reject(new Error(`ended after: ${text}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Whether one whole answer with a content-length, or with the last chunk, is there. */
export function isAnswer(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end));
  if (length !== null) return text.length >= end + 4 + Number(length[1]);
  return text.endsWith("0\r\n\r\n");
}

export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
}

/** The `x-claude-bottle` field. */
export function codeOf(text: string): string | undefined {
  return /\r\nx-claude-bottle: ([^\r]*)/.exec(text)?.[1];
}

/** A rule that allows one host and port. */
export function allow(host: string, port: number, more: Partial<HostRule> = {}): HostRule {
  return { host, ports: [port], scheme: "http", ...more };
}

export const testSecret = "sk-real-0123456789abcdefghijklmnop";
export const testPlaceholder = "placeholder-0123456789abcdefghijk";

/** An anthropic-like credential for plain http on 127.0.0.1. */
export function credentialFor(port: number, more: Partial<Credential> = {}): Credential {
  const authority = { scheme: "http", host: "127.0.0.1", port } as const;
  return {
    name: "anthropic",
    authorities: [authority],
    rules: [{ methods: ["POST", "GET"], paths: ["/v1/messages"] }],
    strip: ["authorization", "x-api-key"],
    set: [{ name: "Authorization", value: `Bearer ${testSecret}` }],
    secret: testSecret,
    placeholder: testPlaceholder,
    dialect: "anthropic",
    route: { prefix: "/anthropic", authority, basePath: "" },
    ...more,
  };
}

/** Real HTTP/2 on both sides of a gateway: an upstream of node:http2, and clients inside of a tunnel. */
import { once } from "node:events";
import { connect, createSecureServer } from "node:http2";
import type {
  ClientHttp2Session,
  Http2SecureServer,
  OutgoingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { CertificateAuthority } from "../../src/gateway/tls/authority.ts";
import type { TestGateway } from "./gateway.ts";

export interface H2Server extends AsyncDisposable {
  readonly server: Http2SecureServer;
  readonly port: number;
  /** Raw heads of all requests, as `name: value` lines. */
  readonly heads: string[];
  /** Connections so far. */
  readonly sessions: number;
}

/** `answer` is called for each stream; requests by HTTP/1.1 come to `request` events of `server`. */
export async function startH2Server(
  ca: CertificateAuthority,
  answer: (stream: ServerHttp2Stream, head: string) => void,
  options: { readonly http1?: boolean; readonly maxStreams?: number } = {},
): Promise<H2Server> {
  const heads: string[] = [];
  let sessions = 0;
  const server = createSecureServer({
    allowHTTP1: options.http1 ?? false,
    SNICallback: (host, done) => done(null, ca.contextFor(host)),
    ...(options.maxStreams === undefined
      ? {}
      : { settings: { maxConcurrentStreams: options.maxStreams } }),
  });
  const open = new Set<Socket>();
  // The sockets below TLS: destroyed in the middle of a stream, Node leaves them open.
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  });
  server.on("session", (session) => {
    sessions += 1;
    session.on("error", () => undefined);
  });
  server.on(
    "stream",
    (stream: ServerHttp2Stream, _map: unknown, _flags: number, raw?: readonly string[]) => {
      const all = raw ?? [];
      const lines = all.flatMap((name, index) =>
        index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
      );
      stream.on("error", () => undefined);
      heads.push(lines.join("\n"));
      answer(stream, lines.join("\n"));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    port: (server.address() as AddressInfo).port,
    heads,
    get sessions() {
      return sessions;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** TLS inside of a tunnel; rejects where the tunnel or the greeting is refused. */
export async function tunnel(
  gateway: TestGateway,
  port: number,
  protocols: readonly string[],
  host = "localhost",
): Promise<TLSSocket> {
  const client = gateway.open();
  client.send(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
  await client.until((text) => text.endsWith("\r\n\r\n"));
  client.socket.removeAllListeners("data");
  const socket = connectTls({
    socket: client.socket,
    servername: host,
    ca: gateway.caPem,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
  });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

/** A session inside of a tunnel. */
export async function h2Client(gateway: TestGateway, port: number): Promise<ClientHttp2Session> {
  const socket = await tunnel(gateway, port, ["h2"]);
  const session = connect(`https://localhost:${port}`, { createConnection: () => socket });
  session.on("error", () => undefined);
  return session;
}

export interface H2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, unknown>> | undefined;
  readonly interim: readonly number[];
  readonly rstCode: number;
}

/** One request and its whole answer. */
export async function h2Ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
  trailers?: OutgoingHttpHeaders,
): Promise<H2Answer> {
  const stream = session.request(headers, {
    endStream: body === undefined,
    waitForTrailers: trailers !== undefined,
  });
  let status = 0;
  let seen: Record<string, unknown> = {};
  let after: Record<string, unknown> | undefined;
  const interim: number[] = [];
  const parts: Buffer[] = [];
  stream.on("wantTrailers", () => stream.sendTrailers(trailers ?? {}));
  stream.on("headers", (map) => interim.push(Number(map[":status"])));
  stream.on("response", (map) => {
    status = Number(map[":status"]);
    seen = { ...map };
  });
  stream.on("trailers", (map: object) => {
    after = { ...map };
  });
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    stream.on("close", () => resolve());
  });
  if (body !== undefined) stream.end(body);
  await closed;
  return {
    status,
    headers: seen,
    body: Buffer.concat(parts).toString("latin1"),
    trailers: after,
    interim,
    rstCode: stream.rstCode ?? 0,
  };
}

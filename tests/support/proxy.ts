/** A corporate proxy at the far end of the wire: it takes CONNECT alone, and leads each name to a port of the test's. */
import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { SecureContext } from "node:tls";

export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** Every request head, as it came. */
  readonly heads: string[];
  readonly sockets: Socket[];
}

export interface TestProxyOptions {
  /** Where `host:port` of a CONNECT leads; others get a 503, as where a name does not resolve. */
  readonly leads?: Readonly<Record<string, number>>;
  /** `user:password`; without it everybody may pass. */
  readonly auth?: string;
  readonly tls?: SecureContext;
  /** Answers itself, in the proxy's place. */
  readonly answer?: (socket: Socket, head: string) => void;
}

export async function startProxy(options: TestProxyOptions): Promise<TestProxy> {
  const heads: string[] = [];
  const sockets: Socket[] = [];
  const serve = (socket: Socket): void => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    let input = "";
    const read = (chunk: Buffer): void => {
      input += chunk.toString("latin1");
      const end = input.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", read);
      heads.push(input.slice(0, end));
      if (options.answer === undefined) lead(socket, input.slice(0, end), options, sockets);
      else options.answer(socket, input.slice(0, end));
    };
    socket.on("data", read);
  };
  const server: Server =
    options.tls === undefined
      ? createServer(serve)
      : createTlsServer({ SNICallback: (_host, done) => done(null, options.tls) }, serve);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function lead(socket: Socket, head: string, options: TestProxyOptions, sockets: Socket[]): void {
  const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? "";
  const wanted = `Basic ${Buffer.from(options.auth ?? "").toString("base64")}`;
  const given = /\r\nProxy-Authorization: ([^\r]*)/.exec(head)?.[1];
  const port = options.leads?.[target];
  if (options.auth !== undefined && given !== wanted) {
    const page = `<p>${given ?? "who are you?"}</p>`;
    const fields = `Proxy-Authenticate: Basic realm="corp"\r\nContent-Length: ${page.length}`;
    socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\n${fields}\r\n\r\n${page}`);
  } else if (port === undefined) {
    socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  } else {
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    sockets.push(onward);
    onward.on("error", () => socket.destroy());
  }
}

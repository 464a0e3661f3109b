/** A real upstream on loopback whose every byte is the test's: it records what came, and answers by script. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { SecureContext } from "node:tls";

export interface RawUpstream extends AsyncDisposable {
  readonly port: number;
  /** Everything received, one string for each connection, in their order. */
  readonly received: string[];
  readonly sockets: Socket[];
  /** Resolves when the condition holds. */
  until(condition: () => boolean): Promise<void>;
}

export interface RawUpstreamOptions {
  /** Called with everything that came on a connection so far, whenever more comes. */
  readonly answer: (socket: Socket, received: string, connection: number) => void;
  readonly tls?: (host: string) => SecureContext;
  /** TLS for clients that name no host, since they ask for an address. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export async function startUpstream(options: RawUpstreamOptions): Promise<RawUpstream> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  const serve = (socket: Socket): void => {
    const index = sockets.push(socket) - 1;
    received[index] = "";
    socket.on("error", () => undefined);
    socket.on("close", changed);
    socket.on("data", (chunk: Buffer) => {
      received[index] += chunk.toString("latin1");
      options.answer(socket, received[index] ?? "", index);
      changed();
    });
    changed();
  };
  const { tls, certificate } = options;
  const server: Server =
    certificate !== undefined
      ? createTlsServer(certificate, serve)
      : tls === undefined
        ? createServer(serve)
        : createTlsServer({ SNICallback: (host, done) => done(null, tls(host)) }, serve);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    received,
    sockets,
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** Answers every request head with `ok`, and keeps the connection. */
export function answerOk(socket: Socket, received: string): void {
  if (received.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

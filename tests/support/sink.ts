/** A server with any certificate, asked for through a gateway: what the client got, and what the server saw of it. */
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:tls";
import type { TlsOptions } from "node:tls";
import type { GatewayConfig } from "../../src/gateway/config.ts";
import { askInside, tunnelTo } from "./attack.ts";
import { allow, codeOf, startGateway, statusOf } from "./gateway.ts";

export type SinkTls = Pick<TlsOptions, "cert" | "key" | "ciphers" | "minVersion" | "maxVersion">;

export interface SinkSeen {
  readonly status: number;
  readonly code: string | undefined;
  /** For the owner alone. */
  readonly reason: string | undefined;
  /** Bytes of a request, inside of TLS. */
  readonly bytes: number;
}

/** One request to localhost. */
export async function sinkAt(tls: SinkTls, config: Partial<GatewayConfig>): Promise<SinkSeen> {
  let bytes = 0;
  const server = createServer(tls, (socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  });
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket));
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await using gateway = await startGateway({
    config: { allow: [allow("localhost", port, { scheme: "https" })], ...config },
  });
  const inner = await tunnelTo(gateway, `localhost:${port}`);
  const answer = await askInside(inner, `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  for (const socket of sockets) socket.destroy();
  server.close();
  const reason = gateway.audit.at(-1)?.reason;
  return { status: statusOf(answer), code: codeOf(answer), reason, bytes };
}

/**
 * The way from a gateway that stands beside its bottle to the demo's servers, which listen on this machine's loopback: a proxy at an
 * address that a container reaches, which leads to those servers and nowhere else.
 */
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** Nobody's name (RFC 2606 section 3); only the proxy knows where it leads. */
export const demoHost = "demo.claude-bottle.example";

export interface Relay extends AsyncDisposable {
  /** `http://<address>:<port>`. */
  readonly url: string;
}

/** `ports`: of this machine's loopback. */
export async function openRelay(address: string, ports: readonly number[]): Promise<Relay> {
  const places = new Map(ports.map((port) => [`${demoHost}:${port}`, port]));
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(403).end());
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("connect", (request, inside, head) => {
    const port = places.get(request.url ?? "");
    inside.on("error", () => undefined);
    if (port === undefined) return void inside.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const outside = connect(port, "127.0.0.1", () => {
      inside.write("HTTP/1.1 200 OK\r\n\r\n");
      outside.write(head);
      inside.pipe(outside).pipe(inside);
    });
    outside.on("error", () => inside.destroy());
    outside.on("close", () => inside.destroy());
    inside.on("close", () => outside.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The bottle's end of the link: every connection to the door is one connection to the gateway, byte for byte. */
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import type { Endpoint } from "./endpoint.ts";
import { passOn } from "./pass-on.ts";

/** Connections at once; the agent harms only itself by using them up. */
export const maxConnections: number = 2000;

/** Where the door is, and where it leads. */
export interface ForwarderOptions {
  readonly host: string;
  readonly port: number;
  /** The gateway. */
  readonly link: Endpoint;
}

/** Listens at the door; resolves when connections are accepted, rejects when they cannot be. */
export function openForwarder(options: ForwarderOptions): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  server.maxConnections = maxConnections;
  server.on("connection", (inside) =>
    passOn(inside, connect({ ...options.link, allowHalfOpen: true, noDelay: true })),
  );
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port, backlog: 511 }, () => {
      server.off("error", reject);
      // A failing accept (EMFILE) costs that one connection.
      server.on("error", () => undefined);
      resolve(server);
    });
  });
}

/** A port of the loopback that leads to a daemon's socket, as one that was forwarded from elsewhere: connections over it can be cut. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface DaemonPort extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Every connection that there is; new ones are made. */
  cut(): void;
}

export async function openDaemonPort(socket: string): Promise<DaemonPort> {
  const ways = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: socket, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ways.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        ways.delete(from);
        if (!from.readableEnded) to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const one of ways) one.destroy();
  };
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
    },
  };
}

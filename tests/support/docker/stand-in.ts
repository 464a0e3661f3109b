/** In place of the hosted gateway: a program that carries the helper's channel to its own streams, and doors to a place outside. */
import { createServer, connect } from "node:net";
import type { AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import type { GatewayHostSpec } from "../../../src/lifecycle/backend.ts";
import { doorPort, channelPort } from "../../../src/helper/protocol.ts";

const program = `
const { createServer, connect } = require("node:net");
const [host, port, flag, address, ...more] = process.argv.slice(2);
const join = (one, other) => {
  for (const [from, to] of [[one, other], [other, one]]) {
    from.on("error", () => to.destroy());
    from.on("close", () => from.readableEnded || to.destroy());
    from.pipe(to);
  }
};
const channel = createServer((socket) => {
  channel.close();
  socket.pipe(process.stdout);
  process.stdin.pipe(socket);
  socket.on("error", () => process.exit(3));
  socket.on("close", () => process.exit(0));
});
channel.listen({ host: address, port: ${channelPort} });
createServer({ allowHalfOpen: true }, (inside) => join(inside, connect({ host, port: Number(port), allowHalfOpen: true })))
  .listen({ host: address, port: ${doorPort} });
`;

export interface StandIn extends AsyncDisposable {
  readonly spec: Omit<GatewayHostSpec, "id" | "breakBoundary">;
}

/** `socket`: where doors lead to in the end. `address`: of this machine, as the gateway's container sees it. */
export async function openStandIn(dir: string, address: string, socket: string): Promise<StandIn> {
  const file = join(dir, "gateway-host.js");
  await writeFile(file, program);
  const outer = createServer({ allowHalfOpen: true }, (far) => {
    const near = connect({ path: socket, allowHalfOpen: true });
    for (const [from, to] of [
      [far, near],
      [near, far],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("close", () => {
        if (!from.readableEnded) to.destroy();
      });
      from.pipe(to);
    }
  });
  outer.listen(0, address);
  await once(outer, "listening");
  const { port } = outer.address() as AddressInfo;
  return {
    spec: { program: file, argv: [address, String(port)] },
    async [Symbol.asyncDispose]() {
      outer.close();
    },
  };
}

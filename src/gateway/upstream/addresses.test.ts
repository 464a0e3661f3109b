/** Connections that wait are to an authority at an address: a name that leads elsewhere now is not asked through them. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import type { ResolvedAddress } from "../address.ts";
import { isAnswer, startGateway, statusOf } from "../../../tests/support/gateway.ts";
import type { TestGateway } from "../../../tests/support/gateway.ts";

interface Host {
  readonly sockets: Socket[];
  readonly server: Server;
}

/** Answers after so many milliseconds. */
async function startHost(address: string, port: number, patience: () => number): Promise<Host> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", () =>
      setTimeout(
        () =>
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${address.length}\r\n\r\n${address}`),
        patience(),
      ),
    );
  });
  server.listen(port, address);
  await once(server, "listening");
  return { sockets, server };
}

async function ask(gateway: TestGateway, port: number): Promise<string> {
  const client = gateway.open();
  client.send(`GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  const text = await client.until(isAnswer);
  return statusOf(text) === 200 ? text.slice(text.indexOf("\r\n\r\n") + 4) : String(statusOf(text));
}

test("a new look-up ends what waits at, or comes back from, an address that the name has left", async () => {
  let slow = 0;
  const one = await startHost("127.0.0.1", 0, () => slow);
  const { port } = one.server.address() as AddressInfo;
  const two = await startHost("127.0.0.2", port, () => 0);
  let leads: readonly ResolvedAddress[] = [{ address: "127.0.0.1", family: 4 }];
  await using gateway = await startGateway({
    resolve: async () => leads,
    config: { allow: [{ host: "localhost", ports: [port], scheme: "http" }] },
  });
  expect(await ask(gateway, port)).toBe("127.0.0.1");
  // It waits, and is used again without a look-up.
  expect(await ask(gateway, port)).toBe("127.0.0.1");
  expect([one.sockets.length, gateway.lookups.length]).toEqual([1, 1]);

  leads = [{ address: "127.0.0.2", family: 4 }];
  slow = 200;
  // The first takes the connection that waits; the second needs a new one, which is looked up.
  const [first, second] = await Promise.all([ask(gateway, port), ask(gateway, port)]);
  expect([first, second].toSorted()).toEqual(["127.0.0.1", "127.0.0.2"]);
  // The old one was in use; when it came back it was closed.
  await expect.poll(() => one.sockets[0]?.destroyed).toBe(true);
  expect(await ask(gateway, port)).toBe("127.0.0.2");
  expect(two.sockets).toHaveLength(1);

  leads = [{ address: "10.0.0.1", family: 4 }];
  const [third, fourth] = await Promise.all([ask(gateway, port), ask(gateway, port)]);
  expect([third, fourth].toSorted()).toEqual(["127.0.0.2", "403"]);
  expect(await ask(gateway, port)).toBe("403");
  one.server.close();
  two.server.close();
});

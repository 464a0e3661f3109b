/** Class 20: every new name below a wildcard costs a certificate; an agent can make names without end. */
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { anyOf } from "../../support/attack.ts";
import { allow, isAnswer, statusOf } from "../../support/gateway.ts";
import type { RawClient } from "../../support/gateway.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";

const mb = 1024 * 1024;
const door = "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r\n";

test("a flood of new names is bounded in memory, served between others, and shuts out no name of the manifest", async () => {
  await using gateway = await startGatewayProcess({
    allow: [
      allow("*.example.org", 443, { scheme: "https" }),
      allow("spelled.example.net", 443, { scheme: "https" }),
    ],
    names: ["*.example.org", "spelled.example.net"],
    extraCa: [],
  });
  const tunnel = async (host: string): Promise<RawClient> => {
    const client = gateway.open();
    client.send(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    return client;
  };
  /** Whether the greeting was answered with a certificate. */
  const greet = async (host: string, client: RawClient): Promise<boolean> => {
    client.socket.removeAllListeners("data");
    const inner = connectTls({ socket: client.socket, servername: host, ca: gateway.caPem });
    inner.on("error", () => undefined);
    await anyOf(inner, "secureConnect", "close");
    const done = inner.authorized;
    client.socket.destroy();
    return done;
  };
  const before = await gateway.report();
  let served = 0;
  let refused = 0;
  for (let batch = 0; batch < 11; batch += 1) {
    const names = Array.from({ length: 200 }, (_none, index) => `n${batch}-${index}.example.org`);
    const tunnels = await Promise.all(names.map(tunnel));
    const greetings = names.map((name, index) => greet(name, tunnels[index] as RawClient));
    const other = gateway.open();
    other.send(door);
    expect(statusOf(await other.until(isAnswer))).toBe(200);
    const good = (await Promise.all(greetings)).filter(Boolean).length;
    served += good;
    refused += greetings.length - good;
  }
  expect([served, refused]).toEqual([2048, 152]);
  expect((await gateway.report()).resident - before.resident).toBeLessThan(150 * mb);
  expect(await greet("spelled.example.net", await tunnel("spelled.example.net"))).toBe(true);
});

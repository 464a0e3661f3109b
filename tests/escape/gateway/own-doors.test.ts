/** Class 19: from the bottle the gateway is reached by its door alone, and the door is no way back to this machine. */
import { expect, test } from "vitest";
import { ask, connectTo } from "../../support/attack.ts";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  rawClient,
  startGateway,
  statusOf,
  testPlaceholder,
} from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";
import { connect } from "node:net";

const door = "Host: 127.0.0.1:4180";

test.each([
  "127.0.0.1:4180",
  "localhost:4180",
  "[::1]:4180",
  "0.0.0.0:4180",
  "127.0.0.1:22",
  "127.0.0.1:2375",
  "localhost:80",
  "169.254.169.254:80",
  "metadata.google.internal:80",
  "host.docker.internal:80",
  "unix:/var/run/docker.sock",
  "/var/run/docker.sock:80",
])("a tunnel to %s is refused, and nothing is looked up", async (target) => {
  await using gateway = await startGateway({
    config: { allow: [allow("*.example.org", 80)] },
  });
  expect(statusOf((await connectTo(gateway, target)).answer)).toBeGreaterThanOrEqual(400);
  expect(gateway.lookups).toEqual([]);
});

test("a gateway on a port does not lead to itself, nor does a name for its address", async () => {
  await using gateway = await startGateway({ config: { allow: [allow("*.example.org", 4180)] } });
  const at = await gateway.gateway.listen({ host: "127.0.0.1", port: 0 });
  const port = "port" in at ? at.port : 0;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
    const client = rawClient(connect(port, "127.0.0.1"));
    client.send(`GET http://${host}/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(codeOf(await client.until(isAnswer)), host).toBe("host-not-allowed");
    client.socket.destroy();
  }
  const name = "rebound.example.org:4180";
  const answer = await ask(gateway, `GET http://${name}/ HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
  expect(codeOf(answer)).toBe("address-not-allowed");
});

test.each([
  "/",
  "/health",
  "/metrics",
  "/stats",
  "/kill",
  "/debug/pprof",
  "/.well-known/x",
  "/anthropicx",
  "/anthropic/../x",
])("the door has nothing at %s", async (path) => {
  await using gateway = await startGateway({ config: { credentials: [credentialFor(9)] } });
  const answer = await ask(gateway, `GET ${path} HTTP/1.1\r\n${door}\r\n\r\n`);
  expect(statusOf(answer)).toBeGreaterThanOrEqual(403);
  expect(codeOf(answer)).toMatch(/unknown-route|ambiguous-path/);
});

test("a web page in the bottle does not reach the door, by its own name or by one that leads there", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const key = `x-api-key: ${testPlaceholder}`;
  const request = (...fields: readonly string[]): string =>
    `POST /anthropic/v1/messages HTTP/1.1\r\n${[key, ...fields].join("\r\n")}\r\nContent-Length: 2\r\n\r\n{}`;
  for (const field of [
    "Origin: https://evil.example",
    "Origin: null",
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: same-site",
  ])
    expect(codeOf(await ask(gateway, request(door, field))), field).toBe("cross-site");
  for (const host of [
    "evil.example:4180",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.0.0.1:4180.evil.example",
    "localhost.:4180",
    "[::1]:4180",
  ])
    expect(codeOf(await ask(gateway, request(`Host: ${host}`))), host).toBe("host-not-door");
  expect(upstream.sockets).toHaveLength(0);
});

test("an upgrade passes the same gates as any request", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const upgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
  const host = `127.0.0.1:${upstream.port}`;
  const to = (authority: string, path: string): string =>
    `GET http://${authority}${path} HTTP/1.1\r\nHost: ${authority}\r\n${upgrade}\r\n\r\n`;
  expect(codeOf(await ask(gateway, to("evil.example", "/")))).toBe("host-not-allowed");
  expect(codeOf(await ask(gateway, to(host, "/v1/other")))).toBe("credential-rule");
  expect(codeOf(await ask(gateway, to(host, "/v1/messages")))).toBe("placeholder-missing");
  expect(upstream.sockets).toHaveLength(0);
});

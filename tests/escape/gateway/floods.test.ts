/** Class 20: floods cost this machine little, and whoever behaves is served meanwhile. */
import { once } from "node:events";
import { expect, test } from "vitest";
import { allow, codeOf, isAnswer, statusOf } from "../../support/gateway.ts";
import type { RawClient } from "../../support/gateway.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";
import type { GatewayProcess } from "../../support/gateway-process.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";

const door = "Host: 127.0.0.1:4180";
const mb = 1024 * 1024;

const start = (port = 1) =>
  startGatewayProcess({
    allow: [
      allow("localhost", port),
      allow("localhost", 443, { scheme: "https" }),
      allow("*.example.org", 443, { scheme: "https" }),
    ],
    names: ["localhost", "*.example.org"],
    extraCa: [],
  });

const get = (port: number): string =>
  `GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;

async function ask(gateway: GatewayProcess, request: string): Promise<string> {
  const client = gateway.open();
  client.send(request);
  const answer = await client.until(isAnswer);
  client.socket.destroy();
  return answer;
}

/** A thousand at a time: more than the backlog of a socket are turned away by the kernel (listen(2)). */
async function opened(gateway: GatewayProcess, count: number, first: string): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(1000, count - clients.length) }, () =>
      gateway.open(),
    );
    await Promise.all(some.map(({ socket }) => once(socket, "connect")));
    clients.push(...some);
    // They are taken in their order: whoever is answered came after them.
    await ask(gateway, `HEAD / HTTP/1.1\r\n${door}\r\n\r\n`);
  }
  if (first !== "") for (const client of clients) client.send(first);
  return clients;
}

test("2,500 connections that say nothing, half a head, or half a greeting keep nobody out", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream.port);
  await ask(gateway, get(upstream.port));
  const before = await gateway.report();
  const tunnel = "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n";
  const silent = await opened(gateway, 1000, "");
  const heads = await opened(gateway, 500, `GET / HTTP/1.1\r\n${door}\r\nX-Slow: `);
  const greetings = await opened(gateway, 500, tunnel);
  await Promise.all(greetings.map((client) => client.until((text) => text.includes("200"))));
  // A record of TLS that announces more than it brings.
  for (const client of greetings) client.send(Buffer.from("16030102000100", "hex"));
  expect(statusOf(await ask(gateway, get(upstream.port)))).toBe(200);
  const during = await gateway.report();
  expect(during.descriptors - before.descriptors).toBeGreaterThan(1900);
  expect(during.resident - before.resident).toBeLessThan(100 * mb);
  const more = await opened(gateway, 500, "");
  for (let turn = 0; turn < 20; turn += 1)
    expect(statusOf(await ask(gateway, get(upstream.port)))).toBe(200);
  const full = await gateway.report();
  expect(full.descriptors - before.descriptors).toBeLessThan(2020);
  for (const { socket } of [silent, heads, greetings, more].flat()) socket.destroy();
  let after = await gateway.report();
  while (after.descriptors > before.descriptors + 20) after = await gateway.report();
});

test("a connection that works is not the one that makes room", async () => {
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      if (received.split("\r\n\r\n").length === 2)
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    },
  });
  await using gateway = await start(upstream.port);
  const worker = gateway.open();
  worker.send(get(upstream.port));
  await worker.until((text) => text.endsWith("ab"));
  await opened(gateway, 2200, "");
  await ask(gateway, `HEAD / HTTP/1.1\r\n${door}\r\n\r\n`);
  upstream.sockets[0]?.write("cd");
  expect(await worker.until(isAnswer)).toMatch(/abcd$/);
});

test("heads that come byte by byte do not take the time of others", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream.port);
  const slow = await opened(
    gateway,
    100,
    `GET / HTTP/1.1\r\n${door}\r\n${"a:\r\n".repeat(7500)}x: `,
  );
  for (let turn = 0; turn < 50; turn += 1) {
    for (const client of slow) client.send("z");
    expect(statusOf(await ask(gateway, get(upstream.port)))).toBe(200);
  }
  expect(slow.every((client) => client.text() === "")).toBe(true);
});

test.each([
  ["201 fields", "a: b\r\n".repeat(201), 431],
  ["a field of 40,000 bytes", `a: ${"b".repeat(40_000)}\r\n`, 431],
  ["lines without end", "a".repeat(40_000), 431],
])("a head of %s is refused and forgotten", async (_name, fields, status) => {
  await using gateway = await start();
  expect(statusOf(await ask(gateway, `GET / HTTP/1.1\r\n${door}\r\n${fields}\r\n`))).toBe(status);
});

test("a megabyte in chunks of one byte comes through, in little memory", async () => {
  let body = 0;
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      body = received.length - received.indexOf("\r\n\r\n");
      if (body > mb) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    },
  });
  await using gateway = await start(upstream.port);
  const before = await gateway.report();
  const host = `localhost:${upstream.port}`;
  const head = `POST http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const answer = await ask(gateway, `${head}${"1\r\nx\r\n".repeat(mb)}0\r\n\r\n`);
  expect(statusOf(answer)).toBe(200);
  expect(body).toBeGreaterThan(mb);
  expect((await gateway.report()).resident - before.resident).toBeLessThan(100 * mb);
});

test("20,000 refusals are all answered and counted, and leave few lines in the log", async () => {
  await using gateway = await start();
  const client = gateway.open();
  client.send(`GET /x HTTP/1.1\r\n${door}\r\n\r\n`.repeat(20_000));
  await client.until((text) => text.split("unknown-route").length > 40_000);
  await ask(gateway, `GET /x HTTP/1.1\r\n${door}\r\n\r\n`);
  const { refusals, lines } = await gateway.report();
  expect(refusals).toBe(20_001);
  expect(lines).toBeLessThan(2000);
  expect(codeOf(client.text())).toBe("unknown-route");
});

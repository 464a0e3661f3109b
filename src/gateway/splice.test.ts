/** Tunnels that are passed through: what the greeting must say, and that nothing else is read or changed. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { allow, credentialFor, startGateway } from "../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../tests/support/gateway.ts";
import { startUpstream } from "../../tests/support/upstream.ts";
import { createCertificateAuthority } from "./tls/authority.ts";
import { captureHello } from "../../tests/support/hello.ts";

const upstreamCa = createCertificateAuthority({ names: ["localhost"], now: new Date() });

const open = (
  port: number,
  config: TestGatewayOptions["config"] = {},
  limits: TestGatewayOptions["limits"] = {},
): Promise<TestGateway> =>
  startGateway({
    limits,
    config: {
      allow: [allow("localhost", port, { scheme: "https", tunnel: true })],
      blockedValues: [{ name: "CANARY", value: "canary-0123456789abcdef" }],
      ...config,
    },
  });

/** An error before it is no surprise. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("close", () => resolve());
  });

async function connected(gateway: TestGateway, port: number): Promise<Socket> {
  const client = gateway.open();
  client.send(`CONNECT localhost:${port} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  await client.until((text) => text.endsWith("\r\n\r\n"));
  client.socket.removeAllListeners("data");
  return client.socket;
}

async function through(
  gateway: TestGateway,
  port: number,
  more: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connectTls({
    socket: await connected(gateway, port),
    servername: "localhost",
    ca: upstreamCa.caPem,
    ...more,
  });
  socket.on("error", () => undefined);
  return socket;
}

describe("a tunnel that is passed through", () => {
  test("ends at the upstream's own certificate, and carries what it will", async () => {
    await using upstream = await startUpstream({
      tls: (host) => upstreamCa.contextFor(host),
      answer: (socket, received) => socket.write(`got ${received.length}`),
    });
    await using gateway = await open(upstream.port);
    const socket = await through(gateway, upstream.port);
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.write("no HTTP: canary-0123456789abcdef");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toBe("got 32");
    socket.end();
    await expect
      .poll(() => gateway.audit.find(({ reason }) => reason === "passed through"))
      .toMatchObject({ event: "connect", authority: `https://localhost:${upstream.port}` });
    const line = gateway.audit.find(({ reason }) => reason === "passed through");
    expect(line?.sent).toBeGreaterThan(500);
    expect(line?.received).toBeGreaterThan(500);
    expect(JSON.stringify(gateway.audit)).not.toContain("canary");
  });

  test.each([
    ["another name", { servername: "evil.example" }, "sni-mismatch"],
    ["no name", { servername: "" }, "sni-missing"],
  ])("with %s in its greeting reaches nobody", async (_name, more, code) => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using gateway = await open(upstream.port);
    const socket = await through(gateway, upstream.port, more);
    await closing(socket);
    expect(gateway.audit.at(-1)).toMatchObject({ event: "refused", code });
    expect([upstream.sockets.length, gateway.lookups.length]).toEqual([0, 0]);
  });

  test.each([
    ["SSH", "SSH-2.0-x\r\n"],
    ["HTTP", "GET / HTTP/1.1\r\n"],
    [
      "a greeting that does not end",
      `\x16\x03\x01\x40\x00\x01\x00\xff\xff${"a".repeat(16_380)}`.repeat(5),
    ],
  ])("that begins with %s reaches nobody", async (_name, bytes) => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using gateway = await open(upstream.port);
    const socket = await connected(gateway, upstream.port);
    socket.write(bytes, "latin1");
    await closing(socket);
    expect(gateway.audit.at(-1)).toMatchObject({ event: "refused", code: "not-tls" });
    expect(upstream.sockets).toEqual([]);
  });

  test("to a host that has a credential is read all the same", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    const { route: _none, ...credential } = credentialFor(upstream.port, {
      authorities: [{ scheme: "https", host: "localhost", port: upstream.port }],
    });
    await using gateway = await open(upstream.port, { credentials: [credential] });
    const socket = await through(gateway, upstream.port, { ca: gateway.caPem });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  test.each<[string, (port: number) => TestGatewayOptions["config"]]>([
    [
      "another rule that is none",
      (port) => ({
        allow: [
          allow("localhost", port, { scheme: "https", tunnel: true }),
          allow("localhost", port, { scheme: "https", paths: ["/a"] }),
        ],
      }),
    ],
    [
      "a denied path",
      (port) => ({
        deny: [{ host: "localhost", ports: [port], scheme: "https", paths: ["/a"] }],
      }),
    ],
  ])("beside %s is read", async (_name, rules) => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using gateway = await open(upstream.port, rules(upstream.port));
    const socket = await through(gateway, upstream.port, { ca: gateway.caPem });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  test("leads to a checked address alone", async () => {
    await using gateway = await startGateway({
      resolve: async () => [{ address: "10.0.0.1", family: 4 as const }],
      config: { allow: [allow("a.example.org", 443, { scheme: "https", tunnel: true })] },
    });
    const client = gateway.open();
    client.send("CONNECT a.example.org:443 HTTP/1.1\r\nHost: a.example.org:443\r\n\r\n");
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.send(await captureHello("a.example.org"));
    await client.ended;
    expect(gateway.audit.at(-1)).toMatchObject({ code: "address-not-allowed" });
  });

  test("is still open in one direction when the other is over", async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let size = 0;
      socket.on("error", () => undefined);
      socket.on("data", (part: Buffer) => (size += part.length));
      socket.on("end", () => setTimeout(() => socket.end(String(size)), 20));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using gateway = await open(port);
    const socket = await connected(gateway, port);
    socket.allowHalfOpen = true;
    const hello = await captureHello("localhost");
    socket.write(hello);
    socket.end(Buffer.alloc(1_000_000));
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.resume();
    await once(socket, "end");
    expect(Buffer.concat(parts).toString()).toBe(String(hello.length + 1_000_000));
    server.close();
  });

  test("that says nothing is ended, and so is one whose host is removed", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using idle = await open(upstream.port, {}, { headMs: 20, idleMs: 20, tickMs: 10 });
    await once((await connected(idle, upstream.port)).resume(), "close");
    await using gateway = await open(upstream.port);
    const socket = await connected(gateway, upstream.port);
    socket.write(await captureHello("localhost"));
    await upstream.until(() => upstream.sockets.length > 0);
    const closed = once(socket.resume(), "close");
    gateway.gateway.replace({
      id: "test-00000",
      allow: [],
      deny: [],
      credentials: [],
      blockedValues: [],
      extraCa: [],
      upstreamProxy: null,
      breakBoundary: undefined,
    });
    await closed;
  });
});

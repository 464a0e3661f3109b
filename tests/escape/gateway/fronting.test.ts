/** Classes 2, 9 and 13: CONNECT, the greeting of TLS and Host say one and the same, or nobody is asked. */
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { askInside, connectTo, startTlsLab, tunnelTo } from "../../support/attack.ts";
import { allow, codeOf, startGateway, statusOf } from "../../support/gateway.ts";

test.each([
  ["another allowed host", (port: number) => `Host: a.example.org:${port}`],
  ["another port", () => "Host: localhost:444"],
  ["no port where CONNECT had one", () => "Host: localhost"],
  ["a user", (port: number) => `Host: user@localhost:${port}`],
  ["a last dot", (port: number) => `Host: localhost.:${port}`],
  ["a zero byte", (port: number) => `Host: localhost\0:${port}`],
  ["two values", (port: number) => `Host: localhost:${port}, evil.example`],
  ["two fields", (port: number) => `Host: localhost:${port}\r\nHost: evil.example`],
  ["two equal fields", (port: number) => `Host: localhost:${port}\r\nHost: localhost:${port}`],
  ["no field", () => "X-Forwarded-Host: localhost"],
  ["an empty field", () => "Host:"],
])("a Host of %s inside of a tunnel gets no byte through", async (_name, field) => {
  await using lab = await startTlsLab();
  const inner = await tunnelTo(lab.gateway, lab.host);
  const answer = await askInside(inner, `GET / HTTP/1.1\r\n${field(lab.upstream.port)}\r\n\r\n`);
  expect(statusOf(answer)).toBeGreaterThanOrEqual(400);
  expect(lab.reached()).toBe("");
});

test.each([
  [
    "an absolute target",
    (host: string) => `GET https://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  ],
  [
    "an absolute target elsewhere",
    (host: string) => `GET http://evil.example/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  ],
  ["a tunnel within", (host: string) => `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ["a star", (host: string) => `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  [
    "two slashes and a host",
    (host: string) => `GET evil.example/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  ],
  ["the greeting of HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  [
    "an upgrade to h2c",
    (host: string) =>
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
  ],
])("%s inside of a tunnel is refused", async (_name, request) => {
  await using lab = await startTlsLab();
  const inner = await tunnelTo(lab.gateway, lab.host);
  expect(statusOf(await askInside(inner, request(lab.host)))).toBeGreaterThanOrEqual(400);
  expect(lab.reached()).toBe("");
});

test.each([
  ["another allowed name", "a.example.org", "sni-mismatch"],
  ["a name that is not allowed", "evil.example", "sni-mismatch"],
  ["a longer name", "localhost.example.org", "sni-mismatch"],
  ["the name with a last dot", "localhost.", "sni-mismatch"],
  ["no name", "", "sni-missing"],
])("a greeting with %s is refused with the first request", async (_name, servername, code) => {
  await using lab = await startTlsLab();
  const inner = await tunnelTo(lab.gateway, lab.host, { servername, rejectUnauthorized: false });
  const answer = await askInside(inner, `GET / HTTP/1.1\r\nHost: ${lab.host}\r\n\r\n`);
  expect(codeOf(answer)).toBe(code);
  expect(lab.reached()).toBe("");
});

/** The first flight of a client, and what the gateway answers to it. */
async function greetWith(change: (hello: Buffer) => readonly Buffer[]): Promise<Buffer> {
  await using lab = await startTlsLab();
  const { client } = await connectTo(lab.gateway, lab.host);
  const hello = await new Promise<Buffer>((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _coding, done) => {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket: wire, servername: "localhost" }).on("error", () => undefined);
  });
  client.socket.removeAllListeners("data");
  const answer = new Promise<Buffer>((resolve) => {
    client.socket.once("data", resolve);
    client.socket.once("close", () => resolve(Buffer.alloc(0)));
  });
  for (const part of change(hello)) {
    client.socket.write(part);
    await new Promise(setImmediate);
  }
  // Awaited here: the gateway goes at the end of this block.
  return await answer;
}

const alert = 0x15;
const handshake = 0x16;

test("a greeting whose name hides a zero byte ends the tunnel", async () => {
  const answer = await greetWith((hello) => {
    const at = hello.indexOf("localhost");
    return [Buffer.concat([hello.subarray(0, at + 5), Buffer.from([0]), hello.subarray(at + 6)])];
  });
  expect(answer[0]).toBe(alert);
});

test("a greeting that is split over records and segments is read", async () => {
  const answer = await greetWith((hello) => {
    const body = hello.subarray(5);
    const record = (part: Buffer): Buffer =>
      Buffer.concat([Buffer.from([handshake, 3, 1, part.length >> 8, part.length & 0xff]), part]);
    return [record(body.subarray(0, 40)), record(body.subarray(40, 90)), record(body.subarray(90))];
  });
  expect(answer[0]).toBe(handshake);
});

test("a certificate is for one name alone, so that no client takes one tunnel for two hosts", async () => {
  await using gateway = await startGateway({
    config: { allow: [allow("*.example.org", 443, { scheme: "https" })] },
  });
  const inner = await tunnelTo(gateway, "a.example.org:443");
  expect(inner.getPeerCertificate().subjectaltname).toBe("DNS:a.example.org");
  inner.destroy();
});

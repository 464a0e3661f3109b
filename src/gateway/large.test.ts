/** Bodies far larger than memory, made as they go: BOTTLE_TEST_BODY_MB says how large (10240 for ten gigabytes). */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { allow, startGateway } from "../../tests/support/gateway.ts";
import { h2Client, startH2Server } from "../../tests/support/h2.ts";
import { createCertificateAuthority } from "./tls/authority.ts";

const megabyte = 1024 * 1024;
const size = Number(process.env["BOTTLE_TEST_BODY_MB"] ?? "512") * megabyte;
const block = Buffer.alloc(256 * 1024, "All work and no play makes Jack a dull boy. ");
const blockedValues = [{ name: "CANARY", value: "canary-0123456789abcdef" }];
/** Grown by, at most. */
const room = 160 * megabyte;
const patience = 60_000 + size / 15_000;

interface Sink {
  write(part: Buffer): boolean;
  once(event: "drain", then: () => void): unknown;
  end(): unknown;
}

/** Writes so many bytes at the pace of whoever takes them. */
function pour(sink: Sink, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const part = left < block.length ? block.subarray(0, left) : block;
      left -= part.length;
      if (!sink.write(part)) return void sink.once("drain", more);
    }
    sink.end();
  };
  more();
}

/** How much the memory of this process, in which all parts run, grew at most. */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  return () => {
    clearInterval(timer);
    return most - before;
  };
}

async function counted(stream: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const part of stream) bytes += part.length;
  return bytes;
}

test(
  "an answer and a request of any length pass at constant memory",
  { timeout: patience },
  async () => {
    const server = createServer((asked: IncomingMessage, answer: ServerResponse) => {
      if (asked.method === "GET") return pour(answer, size);
      void counted(asked).then((bytes) => answer.end(String(bytes)));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using gateway = await startGateway({
      config: { allow: [allow("localhost", port)], blockedValues },
    });
    const ask = (method: string) =>
      request({
        socketPath: gateway.path,
        method,
        path: `http://localhost:${port}/`,
        headers: { host: `localhost:${port}` },
      });
    const grown = watchMemory();
    const down = ask("GET");
    down.end();
    const [answer] = (await once(down, "response")) as [IncomingMessage];
    expect(await counted(answer)).toBe(size);
    const up = ask("POST");
    pour(up, size);
    const [told] = (await once(up, "response")) as [IncomingMessage];
    let text = "";
    for await (const part of told) text += String(part);
    expect(Number(text)).toBe(size);
    expect(grown()).toBeLessThan(room);
    server.close();
  },
);

test("so they do by HTTP/2 on both sides", { timeout: patience }, async () => {
  const ca = createCertificateAuthority({ names: ["localhost"], now: new Date() });
  await using upstream = await startH2Server(ca, (stream, head) => {
    stream.respond({ ":status": 200 });
    if (head.startsWith(":method: GET")) return pour(stream, size / 4);
    void counted(stream).then((bytes) => stream.end(String(bytes)));
  });
  await using gateway = await startGateway({
    config: {
      allow: [allow("localhost", upstream.port, { scheme: "https" })],
      extraCa: [ca.caPem],
      blockedValues,
    },
  });
  const session = await h2Client(gateway, upstream.port);
  const ask = (method: string) =>
    session.request(
      { ":method": method, ":path": "/", ":authority": `localhost:${upstream.port}` },
      { endStream: method === "GET" },
    );
  const grown = watchMemory();
  expect(await counted(ask("GET"))).toBe(size / 4);
  const up = ask("POST");
  pour(up, size / 4);
  let text = "";
  for await (const part of up) text += String(part);
  expect(Number(text)).toBe(size / 4);
  expect(grown()).toBeLessThan(room);
  session.destroy();
});

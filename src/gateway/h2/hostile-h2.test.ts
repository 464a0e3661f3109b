/** What a hijacked agent tries with frames: another authority, requests within requests, and floods. */
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  endHeaders,
  endStream,
  fields,
  frame,
  framesOf,
  preface,
} from "../../../tests/support/h2-frames.ts";
import { allow, rawClient, startGateway } from "../../../tests/support/gateway.ts";
import type { RawClient, TestGateway, TestGatewayOptions } from "../../../tests/support/gateway.ts";
import { h2Ask, h2Client, startH2Server, tunnel } from "../../../tests/support/h2.ts";
import type { H2Server } from "../../../tests/support/h2.ts";
import { createCertificateAuthority } from "../tls/authority.ts";

const upstreamCa = createCertificateAuthority({ names: ["localhost"], now: new Date() });

const upstreamOf = (): Promise<H2Server> =>
  startH2Server(upstreamCa, (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("ok");
  });

const open = (port: number, limits: TestGatewayOptions["limits"] = {}): Promise<TestGateway> =>
  startGateway({
    limits,
    config: {
      allow: [allow("localhost", port, { scheme: "https" })],
      extraCa: [upstreamCa.caPem],
    },
  });

const head = (port: number, more: readonly (readonly [string, string])[] = []): Buffer =>
  fields([
    [":method", "GET"],
    [":scheme", "https"],
    [":authority", `localhost:${port}`],
    [":path", "/"],
    ...more,
  ]);

async function raw(gateway: TestGateway, port: number): Promise<RawClient> {
  const client = rawClient(await tunnel(gateway, port, ["h2"]));
  client.send(preface);
  return client;
}

const bytesOf = (client: RawClient): Buffer => Buffer.from(client.text(), "latin1");

/** The error code of the connection's end. */
const goodbye = (text: string): number | undefined =>
  framesOf(Buffer.from(text, "latin1"))
    .find(({ type }) => type === 7)
    ?.payload.readUInt32BE(4);

const ofStream = (client: RawClient, stream: number) =>
  framesOf(bytesOf(client)).filter((one) => one.stream === stream);

/** Somebody else is served still. */
async function othersAreServed(gateway: TestGateway, port: number): Promise<void> {
  const session = await h2Client(gateway, port);
  const answer = await h2Ask(session, {
    ":path": "/",
    ":authority": `localhost:${port}`,
  });
  expect(answer).toMatchObject({ status: 200, body: "ok" });
  session.destroy();
}

describe("an authority", () => {
  test.each([
    ["of another host", { ":authority": "evil.example" }],
    ["of another port", { ":authority": "localhost:1" }],
    ["with a trailing dot", { ":authority": "localhost.:PORT" }],
    ["with a user", { ":authority": "x@localhost:PORT" }],
    ["with a percent sign", { ":authority": "local%68ost:PORT" }],
    ["contradicted by a host field", { ":authority": "localhost:PORT", host: "evil.example" }],
  ])("%s is refused: no byte leaves", async (_name, headers) => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const session = await h2Client(gateway, upstream.port);
    const put = (text: string): string => text.replace("PORT", String(upstream.port));
    const answer = await h2Ask(session, {
      ":path": "/",
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, put(value)])),
    });
    expect(answer.status).toBeOneOf([403, 421]);
    expect(answer.headers["x-claude-bottle"]).toBeOneOf(["authority-mismatch", "bad-authority"]);
    expect(upstream.sessions).toBe(0);
    expect(gateway.lookups).toEqual([]);
    session.destroy();
  });

  test("may be said by a host field as well", async () => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const session = await h2Client(gateway, upstream.port);
    const name = `LOCALHOST:${upstream.port}`;
    const answer = await h2Ask(session, { ":path": "/", ":authority": name, host: name });
    expect(answer.status).toBe(200);
    expect(upstream.heads[0]).not.toMatch(/^host:/m);
    session.destroy();
  });

  test("is that of the greeting too, or the connection ends", async () => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const client = gateway.open();
    client.send(
      `CONNECT localhost:${upstream.port} HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`,
    );
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.socket.removeAllListeners("data");
    const socket = connectTls({
      socket: client.socket,
      servername: "evil.example",
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
    });
    const inner = rawClient(socket);
    inner.send(Buffer.concat([preface, frame(1, endStream | endHeaders, 1, head(upstream.port))]));
    await inner.ended;
    expect(gateway.audit.some(({ code }) => code === "sni-mismatch")).toBe(true);
    expect(upstream.sessions).toBe(0);
  });
});

describe("a head", () => {
  test.each<[string, readonly (readonly [string, string])[]]>([
    ["a connection field", [["connection", "keep-alive"]]],
    ["a transfer-encoding", [["transfer-encoding", "chunked"]]],
    ["an upgrade", [["upgrade", "websocket"]]],
    ["te with more than trailers", [["te", "gzip"]]],
    ["an upper-case name", [["X-A", "b"]]],
    ["a line break in a value", [["x-a", "b\r\nx-b: c"]]],
    ["a NUL in a value", [["x-a", "b\0"]]],
    ["a space in a name", [["x a", "b"]]],
    ["two authorities", [[":authority", "evil.example"]]],
    ["two paths", [[":path", "/b"]]],
    ["a body of no bytes that should have five", [["content-length", "5"]]],
    ["an unknown pseudo-field", [[":protocol", "websocket"]]],
  ])("with %s brings nothing to the upstream", async (_name, more) => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const client = await raw(gateway, upstream.port);
    client.send(frame(1, endStream | endHeaders, 1, head(upstream.port, more)));
    await client.until(
      () => ofStream(client, 1).length > 0 || goodbye(client.text()) !== undefined,
    );
    // What nghttp2 only drops (a value with control bytes) goes nowhere either.
    expect(upstream.heads.join("\n")).not.toMatch(/x-a|x-b|evil|gzip|connection|upgrade|\/b/);
    client.socket.destroy();
  });

  test.each([
    [
      "CONNECT",
      [
        [":method", "CONNECT"],
        [":authority", "localhost:PORT"],
      ],
    ],
    [
      "TRACE",
      [
        [":method", "TRACE"],
        [":scheme", "https"],
        [":authority", "localhost:PORT"],
        [":path", "/"],
      ],
    ],
    [
      "an asterisk",
      [
        [":method", "OPTIONS"],
        [":scheme", "https"],
        [":authority", "localhost:PORT"],
        [":path", "*"],
      ],
    ],
    [
      "plain http",
      [
        [":method", "GET"],
        [":scheme", "http"],
        [":authority", "localhost:PORT"],
        [":path", "/"],
      ],
    ],
    [
      "no authority",
      [
        [":method", "GET"],
        [":scheme", "https"],
        [":path", "/"],
        ["host", "localhost:PORT"],
      ],
    ],
  ] as const)("of %s is refused", async (_name, list) => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const client = await raw(gateway, upstream.port);
    const put = list.map(
      ([name, value]) => [name, value.replace("PORT", String(upstream.port))] as const,
    );
    client.send(frame(1, endStream | endHeaders, 1, fields(put)));
    await client.until(
      () => ofStream(client, 1).length > 0 || goodbye(client.text()) !== undefined,
    );
    expect(upstream.sessions).toBe(0);
    client.socket.destroy();
  });
});

describe("a flood", () => {
  test("of streams that are reset at once ends its connection, and others are served", async () => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port, { streamsBegun: 500 });
    const client = await raw(gateway, upstream.port);
    const reset = Buffer.alloc(4);
    reset.writeUInt32BE(8);
    for (let stream = 1; stream < 20_000; stream += 2) {
      if (client.socket.destroyed) break;
      client.send(frame(1, endHeaders | endStream, stream, head(upstream.port)));
      client.send(frame(3, 0, stream, reset));
    }
    await client.ended;
    expect(upstream.heads.length).toBeLessThan(600);
    await othersAreServed(gateway, upstream.port);
  });

  test("of header fields, within one head or over CONTINUATION frames, reaches nobody", async () => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const many = Array.from({ length: 400 }, (_none, index) => [`x-${index}`, "y"] as const);
    const first = await raw(gateway, upstream.port);
    first.send(frame(1, endStream | endHeaders, 1, head(upstream.port, many)));
    await first.until(() => ofStream(first, 1).length > 0 || goodbye(first.text()) !== undefined);
    const second = await raw(gateway, upstream.port);
    second.send(frame(1, endStream, 1, head(upstream.port)));
    for (let index = 0; index < 2000 && !second.socket.destroyed; index += 1)
      second.send(frame(9, 0, 1, fields([[`x-${index}`, "y".repeat(1000)]])));
    await second.ended;
    expect(upstream.heads).toEqual([]);
    first.socket.destroy();
    await othersAreServed(gateway, upstream.port);
  });

  test("by a small head that unpacks to a large one reaches nobody", async () => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const client = await raw(gateway, upstream.port);
    // One field of 4,000 bytes in the dynamic table, then a byte for each time it is meant (CVE-2016-1544).
    const bomb = Buffer.concat([
      head(upstream.port),
      fields([["x-bomb", "y".repeat(3900)]], true),
      Buffer.alloc(10_000, 0x80 | 62),
    ]);
    client.send(frame(1, endStream | endHeaders, 1, bomb));
    await client.until(
      () => ofStream(client, 1).length > 0 || goodbye(client.text()) !== undefined,
    );
    expect(upstream.heads).toEqual([]);
    client.socket.destroy();
    await othersAreServed(gateway, upstream.port);
  });

  test.each([
    ["pings", frame(6, 0, 0, Buffer.alloc(8))],
    ["settings", frame(4, 0, 0)],
  ])("of %s whose answers nobody reads costs others nothing", async (_name, one) => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port);
    const client = await raw(gateway, upstream.port);
    client.socket.pause();
    const block = Buffer.concat(Array.from({ length: 5000 }, () => one));
    const closed = new Promise<boolean>((resolve) => {
      client.socket.once("close", () => resolve(true));
      client.socket.once("error", () => resolve(true));
    });
    let sent = 0;
    const more = (): void => {
      while (sent < 100 && !client.socket.destroyed) {
        sent += 1;
        if (!client.socket.write(block)) return void client.socket.once("drain", more);
      }
    };
    more();
    await othersAreServed(gateway, upstream.port);
    client.socket.destroy();
    await closed;
  });

  test("of streams beyond the limit is refused stream by stream", async () => {
    await using upstream = await startH2Server(upstreamCa, () => undefined);
    await using gateway = await open(upstream.port, { streams: 10, streamsTogether: 5 });
    const client = await raw(gateway, upstream.port);
    for (let stream = 1; stream <= 15; stream += 2)
      client.send(frame(1, endHeaders | endStream, stream, head(upstream.port)));
    await client.until(
      () => framesOf(bytesOf(client)).filter(({ type }) => type === 3).length >= 3,
    );
    const refused = framesOf(bytesOf(client)).filter(({ type }) => type === 3);
    expect(refused.map(({ payload }) => payload.readUInt32BE(0))).toEqual([7, 7, 7]);
    client.socket.destroy();
  });

  test("of nothing: a body that does not come is not waited for", async () => {
    await using upstream = await upstreamOf();
    await using gateway = await open(upstream.port, { idleMs: 20, tickMs: 10 });
    const client = await raw(gateway, upstream.port);
    client.send(frame(1, endHeaders, 1, head(upstream.port, [["content-length", "5"]])));
    await client.until(() => ofStream(client, 1).some(({ type }) => type === 3));
    await client.ended;
    expect(gateway.gateway.stats().active).toBe(0);
  });
});

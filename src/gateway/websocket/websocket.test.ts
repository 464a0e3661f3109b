/** WebSockets on both doors: real clients and servers, and frames by hand. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../../tests/support/gateway.ts";
import { tunnel } from "../../../tests/support/h2.ts";
import { startUpstream } from "../../../tests/support/upstream.ts";
import type { RawUpstream } from "../../../tests/support/upstream.ts";
import type { Credential, GatewayConfig } from "../config.ts";
import { createCertificateAuthority } from "../tls/authority.ts";
import { writeFrame } from "./frame-writer.ts";

const canary = "canary-0123456789abcdef";
const blockedValues = [{ name: "CANARY", value: canary }];

interface Echo extends AsyncDisposable {
  readonly port: number;
  readonly requests: IncomingMessage[];
  readonly messages: string[];
}

/** A server that offers compression, answers each message with itself, and takes one protocol. */
async function startEcho(): Promise<Echo> {
  const requests: IncomingMessage[] = [];
  const messages: string[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: true,
    handleProtocols: (offered) => (offered.has("chat") ? "chat" : false),
  });
  sockets.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("error", () => undefined);
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      messages.push(bytes.toString("latin1"));
      socket.send(bytes, { binary: isBinary });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    messages,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

const emptyConfig: GatewayConfig = {
  id: "test-00000",
  allow: [],
  deny: [],
  credentials: [],
  blockedValues,
  extraCa: [],
  upstreamProxy: null,
  breakBoundary: undefined,
};

const open = (port: number, config: TestGatewayOptions["config"] = {}): Promise<TestGateway> =>
  startGateway({ config: { allow: [allow("localhost", port)], blockedValues, ...config } });

/** A real client at a door of the gateway. */
function connectVia(gateway: TestGateway, target: string, fields: Record<string, string> = {}) {
  const { host } = new URL(target.startsWith("/") ? "http://127.0.0.1:4180" : target);
  const socket = new WebSocket(`ws://${host}/`, ["chat"], {
    createConnection: () => gateway.open().socket as never,
    headers: { host, ...fields },
    finishRequest: (request) => {
      request.path = target;
      request.end();
    },
  });
  socket.on("error", () => undefined);
  return socket;
}

const credential = (port: number, more: Partial<Credential> = {}): Credential =>
  credentialFor(port, { rules: [{ methods: ["GET"], paths: ["/ws"] }], upgrades: true, ...more });

describe("a WebSocket", () => {
  test("is relayed uncompressed, with its protocol and messages of any size", async () => {
    await using upstream = await startEcho();
    await using gateway = await open(upstream.port);
    const socket = connectVia(gateway, `http://localhost:${upstream.port}/ws?a=1`);
    await once(socket, "open");
    expect([socket.protocol, socket.extensions]).toEqual(["chat", ""]);
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
      const sent = Buffer.alloc(size, "z");
      socket.send(sent);
      const [came] = (await once(socket, "message")) as [Buffer];
      expect(came.equals(sent)).toBe(true);
    }
    socket.ping("are you there");
    const [pong] = (await once(socket, "pong")) as [Buffer];
    expect(pong.toString()).toBe("are you there");
    socket.close(4000, "bye");
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4000, "bye"]);
    expect(upstream.requests[0]?.headers["sec-websocket-extensions"]).toBeUndefined();
    await expect
      .poll(() => gateway.audit.filter(({ event }) => event === "upgrade").length)
      .toBe(2);
    const lines = gateway.audit.filter(({ event }) => event === "upgrade");
    expect(lines[0]).toMatchObject({ status: 101, method: "GET" });
    expect(lines[1]).toMatchObject({ sent: 3_131_323, received: 3_131_323 });
    expect(gateway.gateway.stats().active).toBe(0);
  });

  test("works inside of a tunnel", async () => {
    const upstreamCa = createCertificateAuthority({ names: ["localhost"], now: new Date() });
    await using upstream = await startUpstream({
      tls: (host) => upstreamCa.contextFor(host),
      answer: accepting,
    });
    await using gateway = await open(upstream.port, {
      allow: [allow("localhost", upstream.port, { scheme: "https" })],
      extraCa: [upstreamCa.caPem],
    });
    const inner = await tunnel(gateway, upstream.port, ["http/1.1"]);
    const socket = new WebSocket(`ws://localhost:${upstream.port}/`, {
      createConnection: () => inner as never,
    });
    await once(socket, "open");
    socket.send("hello");
    const [came] = (await once(socket, "message")) as [Buffer];
    expect(came.toString()).toBe("welcome");
    socket.terminate();
  });

  test("gets the credential for its placeholder, at the route door as well, and shows no echo of it", async () => {
    await using upstream = await startEcho();
    await using gateway = await open(upstream.port, {
      allow: [],
      credentials: [credential(upstream.port)],
    });
    const socket = connectVia(gateway, "/anthropic/ws", { "x-api-key": testPlaceholder });
    await once(socket, "open");
    expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${testSecret}`);
    expect(upstream.requests[0]?.headers["x-api-key"]).toBeUndefined();
    expect(upstream.requests[0]?.url).toBe("/ws");
    socket.terminate();
  });

  test.each([
    ["does not say so", credential, {}, 426, "upgrade-not-supported"],
    ["wants its placeholder", credential, {}, 403, "placeholder-missing"],
  ])("of a credential that %s is refused", async (why, make, _fields, status, code) => {
    await using upstream = await startEcho();
    const more = why === "does not say so" ? { upgrades: false } : {};
    await using gateway = await open(upstream.port, { credentials: [make(upstream.port, more)] });
    const client = gateway.open();
    const shown = status === 426 ? `X-Api-Key: ${testPlaceholder}\r\n` : "";
    client.send(asking(`127.0.0.1:${upstream.port}`, shown, "/ws"));
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([status, code]);
    expect(upstream.requests).toEqual([]);
  });

  test("that the host declines is answered with its words", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nnope"),
    });
    await using gateway = await open(upstream.port);
    const client = gateway.open();
    client.send(asking(`localhost:${upstream.port}`));
    const text = await client.until(isAnswer);
    expect([statusOf(text), text.endsWith("nope")]).toEqual([401, true]);
  });
});

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const accept = createHash("sha1")
  .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest("base64");

function asking(host: string, more = "", path = "/"): string {
  return `GET http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${more}\r\n`;
}

function acceptOf(received: string): string {
  const asked = /sec-websocket-key: (\S+)/i.exec(received)?.[1] ?? "";
  return createHash("sha1").update(`${asked}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** Accepts, and answers the first frame with a word. */
function accepting(socket: Socket, received: string): void {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return;
  if (received.length === end + 4)
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(received)}\r\n\r\n`,
    );
  else socket.write(writeFrame(1, true, Buffer.from("welcome"), false));
}

describe("a handshake", () => {
  test.each([
    ["h2c", "Upgrade: h2c\r\n"],
    ["another protocol", "Upgrade: spdy/3\r\n"],
    ["a list", "Upgrade: websocket, spdy/3\r\n"],
    ["two fields", "Upgrade: websocket\r\nUpgrade: websocket\r\n"],
  ])("for %s is refused", async (_name, fields) => {
    await using upstream = await startUpstream({ answer: accepting });
    await using gateway = await open(upstream.port);
    const client = gateway.open();
    client.send(asking(`localhost:${upstream.port}`).replace("Upgrade: websocket\r\n", fields));
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([403, "upgrade-not-supported"]);
    expect(upstream.sockets).toEqual([]);
  });

  test.each([
    ["another version", /Version: 13/, "Version: 8"],
    ["a key that is none", /Key: \S+/, "Key: abc"],
    ["no key", /Sec-WebSocket-Key: \S+\r\n/, ""],
    ["a connection field without upgrade", /Connection: Upgrade/, "Connection: keep-alive"],
    ["another method", /^GET/, "PUT"],
  ])("with %s is refused", async (_name, what, by) => {
    await using upstream = await startUpstream({ answer: accepting });
    await using gateway = await open(upstream.port);
    const client = gateway.open();
    client.send(asking(`localhost:${upstream.port}`).replace(what, by));
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([400, "malformed-request"]);
    expect(upstream.sockets).toEqual([]);
  });

  const good = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  test.each([
    ["another accept", good.replace(accept, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
    ["an extension", `${good}Sec-WebSocket-Extensions: permessage-deflate\r\n`],
    ["a protocol nobody asked for", `${good}Sec-WebSocket-Protocol: x\r\n`],
    ["another upgrade", good.replace("Upgrade: websocket", "Upgrade: h2c")],
    ["no connection field", good.replace("Connection: Upgrade\r\n", "")],
  ])("answered with %s is none", async (_name, fields) => {
    await using upstream = await startUpstream({
      answer: (socket) => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`),
    });
    await using gateway = await open(upstream.port);
    const client = gateway.open();
    client.send(asking(`localhost:${upstream.port}`));
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([502, "upstream-unreachable"]);
  });

  test("that nobody asked for is no answer", async () => {
    await using upstream = await startUpstream({
      answer: (socket) => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${good}\r\n`),
    });
    await using gateway = await open(upstream.port);
    const client = gateway.open();
    client.send(
      `GET http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`,
    );
    expect(statusOf(await client.until(isAnswer))).toBe(502);
  });
});

interface Open extends AsyncDisposable {
  readonly upstream: RawUpstream;
  readonly gateway: TestGateway;
  readonly send: (bytes: Buffer) => void;
  /** What the upstream got after the handshake. */
  readonly there: () => Buffer;
  /** What the bottle got after the handshake. */
  readonly here: () => Buffer;
  readonly ended: Promise<unknown>;
}

async function handshaken(): Promise<Open> {
  const upstream = await startUpstream({
    answer: (socket, received) => {
      if (received.endsWith("\r\n\r\n")) accepting(socket, received);
    },
  });
  const gateway = await open(upstream.port, { credentials: [credential(upstream.port)] });
  const client = gateway.open();
  client.send(asking(`127.0.0.1:${upstream.port}`, `X-Api-Key: ${testPlaceholder}\r\n`, "/ws"));
  const head = await client.until((text) => text.includes("\r\n\r\n"));
  const after = (text: string): Buffer =>
    Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4), "latin1");
  expect(statusOf(head)).toBe(101);
  return {
    upstream,
    gateway,
    send: (bytes) => client.send(bytes),
    there: () => after(upstream.received[0] ?? ""),
    here: () => after(client.text()),
    ended: client.ended,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const fromClient = (code: number, fin: boolean, text: string): Buffer =>
  writeFrame(code, fin, Buffer.from(text, "latin1"), true);

/** Payloads of masked frames. */
function payloads(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at + 6 <= bytes.length;) {
    const short = (bytes[at + 1] as number) & 0x7f;
    const extra = short === 126 ? 2 : 0;
    const size = extra === 2 ? bytes.readUInt16BE(at + 2) : short;
    const start = at + 2 + extra + 4;
    if (((bytes[at] as number) & 0x0f) < 8)
      for (let index = 0; index < size; index += 1)
        text += String.fromCharCode(
          (bytes[start + index] as number) ^ (bytes[start - 4 + (index & 3)] as number),
        );
    at = start + size;
  }
  return text;
}

describe("a value that may not leave", () => {
  test.each<[string, readonly Buffer[], string]>([
    ["in a text frame", [fromClient(1, true, `x ${canary}`)], ""],
    ["in a binary frame", [fromClient(2, true, canary)], ""],
    ["in base64", [fromClient(1, true, Buffer.from(`abc${canary}xyz`).toString("base64"))], ""],
    [
      "over fragments with a ping between them",
      [
        fromClient(1, false, "canary-01"),
        fromClient(9, true, "p"),
        fromClient(0, true, "23456789abcdef"),
      ],
      "",
    ],
    ["in a ping", [fromClient(9, true, canary)], ""],
    [
      "in the reason of a close",
      [writeFrame(8, true, Buffer.from(`\x03\xe8${canary}`, "latin1"), true)],
      "",
    ],
    [
      "over messages: its last part",
      [fromClient(1, true, "canary-0123"), fromClient(1, true, "456789abcdef")],
      "canary-0123",
    ],
  ])("%s closes with 1008", async (_name, frames, left) => {
    await using socket = await handshaken();
    for (const frame of frames) socket.send(frame);
    await socket.ended;
    await socket.upstream.until(() => socket.upstream.sockets[0]?.destroyed === true);
    expect(socket.here().subarray(-4)).toEqual(Buffer.from([0x88, 2, 0x03, 0xf0]));
    expect(payloads(socket.there())).toBe(left);
    expect(socket.gateway.audit.some(({ code }) => code === "blocked-value")).toBe(true);
  });

  test("does not come back, cut over frames or not", async () => {
    await using socket = await handshaken();
    const wire = socket.upstream.sockets[0];
    wire?.write(writeFrame(1, false, Buffer.from(`a ${testSecret.slice(0, 9)}`), false));
    wire?.write(writeFrame(0, true, Buffer.from(`${testSecret.slice(9)} b`), false));
    wire?.write(writeFrame(9, true, Buffer.from(testSecret), false));
    wire?.write(writeFrame(8, true, Buffer.from([0x03, 0xe8]), false));
    socket.send(writeFrame(8, true, Buffer.from([0x03, 0xe8]), true));
    await socket.ended;
    const text = socket.here().toString("latin1");
    expect(text).toContain("*".repeat(9));
    expect(text.replaceAll(/[^-a-z0-9*]/g, "")).not.toContain(testSecret.slice(0, 6));
  });
});

describe("frames that are not well-formed", () => {
  test.each<[string, Buffer, number]>([
    ["a client's without mask", writeFrame(1, true, Buffer.from("x"), false), 1002],
    ["a reserved bit (compression)", Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
    ["an unknown opcode", Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ["a cut ping", Buffer.from([0x09, 0x80, 0, 0, 0, 0]), 1002],
    ["a ping of 126 bytes", fromClient(9, true, "x".repeat(126)), 1002],
    ["a fragment of nothing", fromClient(0, true, "x"), 1002],
    [
      "a message within a message",
      Buffer.concat([fromClient(1, false, "x"), fromClient(1, true, "y")]),
      1002,
    ],
    [
      "a long length for few bytes",
      Buffer.from([0x81, 0xfe, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5]),
      1002,
    ],
    [
      "a length beyond every bound",
      Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      1009,
    ],
    ["a close with a code nobody may send", fromClient(8, true, "\x03\xed"), 1002],
    ["a close of one byte", fromClient(8, true, "x"), 1002],
  ])("%s ends the connection", async (_name, bytes, code) => {
    await using socket = await handshaken();
    socket.send(bytes);
    await socket.ended;
    expect(socket.here()).toEqual(Buffer.from([0x88, 2, code >> 8, code & 0xff]));
  });

  test("a server's with a mask end it too", async () => {
    await using socket = await handshaken();
    socket.upstream.sockets[0]?.write(fromClient(1, true, "x"));
    await socket.ended;
    expect(socket.here()).toEqual(Buffer.from([0x88, 2, 0x03, 0xea]));
  });
});

test("a WebSocket that says nothing is ended", async () => {
  await using upstream = await startUpstream({ answer: accepting });
  await using gateway = await startGateway({
    config: { allow: [allow("localhost", upstream.port)] },
    limits: { idleMs: 20, tickMs: 10 },
  });
  const client = gateway.open();
  client.send(asking(`localhost:${upstream.port}`));
  expect((await client.ended).endsWith("\x88\x02\x03\xe9")).toBe(true);
});

test("a WebSocket to a host that is removed is ended", async () => {
  await using upstream = await startUpstream({ answer: accepting });
  await using gateway = await open(upstream.port);
  const client = gateway.open();
  client.send(asking(`localhost:${upstream.port}`));
  await client.until((text) => text.includes("\r\n\r\n"));
  const { ended } = gateway.gateway.replace(emptyConfig);
  expect(ended).toBe(1);
  expect((await client.ended).endsWith("\x88\x02\x03\xe9")).toBe(true);
});

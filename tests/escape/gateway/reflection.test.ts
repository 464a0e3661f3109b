/** Class 17: a host that tells what it was sent would hand the injected secret to the agent. */
import { deflateSync, gzipSync } from "node:zlib";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { absolute, ask } from "../../support/attack.ts";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../support/gateway.ts";
import { startUpstream } from "../../support/upstream.ts";

const key = `x-api-key: ${testPlaceholder}`;

/** The `Authorization` that the upstream was sent. */
const seen = (received: string): string => /\r\nAuthorization: ([^\r]*)/i.exec(received)?.[1] ?? "";

const whole =
  (fields: string, body: (secret: string) => string | Buffer) =>
  (socket: Socket, received: string) => {
    const bytes = Buffer.from(body(seen(received)));
    socket.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes);
  };

const chunks =
  (type: string, parts: (secret: string) => readonly string[]) =>
  (socket: Socket, received: string) => {
    socket.write(`HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n`);
    for (const part of parts(seen(received)))
      socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    socket.write("0\r\n\r\n");
  };

test.each([
  [
    "as JSON",
    whole("Content-Type: application/json\r\n", (secret) =>
      JSON.stringify({ headers: { authorization: secret } }),
    ),
  ],
  ["in base64", whole("", (secret) => Buffer.from(secret).toString("base64"))],
  ["in base64 for URLs", whole("", (secret) => Buffer.from(secret).toString("base64url"))],
  ["in hex", whole("", (secret) => Buffer.from(secret).toString("hex"))],
  ["percent-encoded", whole("", (secret) => encodeURIComponent(secret))],
  ["a byte a chunk", chunks("", (secret) => Array.from(secret))],
  ["in two chunks", chunks("", (secret) => [secret.slice(0, 20), secret.slice(20)])],
  [
    "in events",
    chunks("Content-Type: text/event-stream\r\n", (secret) => [
      "event: a\ndata: ",
      secret,
      "\n\n",
      "data: [DONE]\n\n",
    ]),
  ],
  [
    "in a header",
    (socket: Socket, received: string) =>
      socket.write(`HTTP/1.1 200 OK\r\nX-Echo: ${seen(received)}\r\nContent-Length: 0\r\n\r\n`),
  ],
  [
    "in a cookie",
    (socket: Socket, received: string) =>
      socket.write(
        `HTTP/1.1 200 OK\r\nSet-Cookie: t=${seen(received).slice(7)}\r\nContent-Length: 0\r\n\r\n`,
      ),
  ],
  [
    "in the status line",
    (socket: Socket, received: string) =>
      socket.write(`HTTP/1.1 404 ${seen(received)}\r\nContent-Length: 0\r\n\r\n`),
  ],
  [
    "in an interim answer",
    (socket: Socket, received: string) =>
      socket.write(
        `HTTP/1.1 103 Early Hints\r\nLink: <${seen(received)}>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
      ),
  ],
  [
    "in a trailer",
    (socket: Socket, received: string) =>
      socket.write(
        `HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T: ${seen(received)}\r\n\r\n`,
      ),
  ],
] as const)("an echo %s does not show it", async (_name, answer) => {
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      if (received.endsWith("\r\n\r\n")) answer(socket, received);
    },
  });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const client = gateway.open();
  client.send(absolute(upstream, "GET /v1/messages", [key]));
  const text = await client.until(
    (all) => isAnswer(all) || /\r\n0\r\nX-T: [^\r]*\r\n\r\n$/.test(all),
  );
  expect(upstream.received[0]).toContain(testSecret);
  expect(statusOf(text)).toBeLessThan(500);
  const plain = text.replaceAll(/\r\n[0-9a-f]+\r\n/g, "");
  const forms = [
    testSecret,
    ...(["base64", "base64url", "hex"] as const).map((form) =>
      Buffer.from(`Bearer ${testSecret}`).toString(form).slice(12, 40),
    ),
  ];
  for (const form of forms) expect(plain).not.toContain(form);
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["an unknown coding", (data: string) => Buffer.from(data)],
])("an echo in %s, although it was not asked for, is not handed on", async (name, encode) => {
  const coding = name.startsWith("an ") ? "x-odd" : name;
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      if (received.endsWith("\r\n\r\n"))
        whole(`Content-Encoding: ${coding}\r\n`, encode)(socket, received);
    },
  });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const fields = [key, "Accept-Encoding: gzip, deflate, br, zstd"];
  const text = await ask(gateway, absolute(upstream, "GET /v1/messages", fields));
  expect(upstream.received[0]).toContain("Accept-Encoding: identity");
  expect([statusOf(text), codeOf(text)]).toEqual([502, "unreadable-answer"]);
});

test("the echo of a range, or of a method that echoes, is not asked for", async () => {
  await using upstream = await startUpstream({ answer: whole("", () => "") });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  await ask(
    gateway,
    absolute(upstream, "GET /v1/messages", [key, "Range: bytes=40-45", "If-Range: x"]),
  );
  expect(upstream.received[0]).not.toMatch(/range/i);
  expect(codeOf(await ask(gateway, absolute(upstream, "TRACE /v1/messages", [key])))).toBe(
    "method-not-allowed",
  );
  expect(upstream.sockets).toHaveLength(1);
});

test("a session that is opened for the credential stays outside; one of a host without credential does not", async () => {
  const cookies = "Set-Cookie: session=of-the-owner\r\nset-cookie2: a=b\r\nX-Kept: yes\r\n";
  await using upstream = await startUpstream({ answer: whole(cookies, () => "{}") });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const answer = await ask(gateway, absolute(upstream, "GET /v1/messages", [key]));
  expect(answer).toContain("X-Kept: yes");
  expect(answer).not.toMatch(/cookie|of-the-owner/i);
  await using plain = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  expect(await ask(plain, absolute(upstream, "GET /"))).toContain(
    "Set-Cookie: session=of-the-owner",
  );
});

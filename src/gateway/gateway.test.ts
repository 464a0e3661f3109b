import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  rawClient,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import { createCertificateAuthority } from "./tls/authority.ts";

test("the route door injects the real credential and hides its echo", async () => {
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      if (!received.endsWith("{}")) return;
      const echo = received.slice(0, -2);
      socket.write(
        `HTTP/1.1 200 OK\r\nX-Echo: ${testSecret}\r\nContent-Length: ${echo.length}\r\n\r\n${echo}`,
      );
    },
  });
  await using bottle = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const client = bottle.open();
  client.send(
    `POST /anthropic/v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\nAuthorization: Bearer ${testPlaceholder}\r\nAccept-Encoding: gzip\r\nanthropic-beta: a,b\r\nContent-Length: 2\r\n\r\n{}`,
  );
  const text = await client.until(isAnswer);
  expect(statusOf(text)).toBe(200);
  expect(text).not.toContain(testSecret);
  expect(upstream.received[0]).toBe(
    `POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:${upstream.port}\r\nanthropic-beta: a,b\r\nAccept-Encoding: identity\r\nAuthorization: Bearer ${testSecret}\r\nContent-Length: 2\r\n\r\n{}`,
  );
  expect(JSON.stringify(bottle.audit)).not.toContain(testSecret);
  expect(JSON.stringify(bottle.audit)).not.toContain(testPlaceholder);
  expect(bottle.gateway.stats()).toMatchObject({ requests: 1, refusals: 0, active: 0 });
});

test("a request without the placeholder is refused in the dialect of its host, and nothing is dialled", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using bottle = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const client = bottle.open();
  client.send(
    "GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: mine\r\n\r\n",
  );
  const text = await client.until(isAnswer);
  expect(statusOf(text)).toBe(403);
  expect(codeOf(text)).toBe("placeholder-missing");
  expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n")))).toEqual({
    type: "error",
    error: {
      type: "permission_error",
      message: expect.stringMatching(/^claude-bottle: /) as string,
    },
  });
  expect(upstream.sockets).toHaveLength(0);
});

test("the proxy door passes allowed absolute-form requests on over one kept connection", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using bottle = await startGateway({
    config: { allow: [allow("localhost", upstream.port)] },
  });
  const client = bottle.open();
  const request = `GET http://localhost:${upstream.port}/a?b HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nX-One: 1\r\n\r\n`;
  client.send(request + request);
  await client.until((text) => text.split("\r\n\r\nok").length === 3);
  expect(upstream.sockets).toHaveLength(1);
  expect(upstream.received[0]).toBe(
    `GET /a?b HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nX-One: 1\r\n\r\n`.repeat(2),
  );
  expect(bottle.audit.map(({ event, status }) => [event, status])).toEqual([
    ["request", 200],
    ["request", 200],
  ]);
});

test("a tunnel is intercepted, and its requests reach the upstream over verified TLS", async () => {
  const upstreamCa = createCertificateAuthority({ names: ["localhost"], now: new Date() });
  await using upstream = await startUpstream({
    answer: answerOk,
    tls: (host) => upstreamCa.contextFor(host),
  });
  await using bottle = await startGateway({
    config: {
      allow: [allow("localhost", upstream.port, { scheme: "https" })],
      extraCa: [upstreamCa.caPem],
    },
  });
  const client = bottle.open();
  client.send(
    `CONNECT localhost:${upstream.port} HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`,
  );
  await client.until((text) => text.endsWith("\r\n\r\n"));
  client.socket.removeAllListeners("data");
  const inner = rawClient(
    connectTls({ socket: client.socket, servername: "localhost", ca: bottle.caPem }),
  );
  inner.send(`GET /x HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`);
  expect(statusOf(await inner.until(isAnswer))).toBe(200);
  expect(upstream.received[0]).toBe(`GET /x HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`);
});

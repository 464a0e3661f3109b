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
} from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import { createCertificateAuthority } from "./tls/authority.ts";

const route = [
  "GET /anthropic/v1/messages HTTP/1.1",
  "Host: 127.0.0.1:4180",
  `x-api-key: ${testPlaceholder}`,
  "\r\n",
].join("\r\n");

test("no request passes while it could not be written down, and the next one does when it can", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  let writable = false;
  await using bottle = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
    writable: () => writable,
  });
  const client = bottle.open();
  client.send(route);
  const refused = await client.until(isAnswer);
  expect([statusOf(refused), codeOf(refused)]).toEqual([503, "record-behind"]);
  expect(bottle.audit).toMatchObject([{ event: "refused", code: "record-behind" }]);
  expect(upstream.sockets).toHaveLength(0);
  // Its connection is as good as ever.
  writable = true;
  client.send(route);
  expect(await client.until((text) => text.endsWith("ok"))).toContain("HTTP/1.1 200 OK");
  const head = bottle.open();
  writable = false;
  head.send("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r\n");
  expect(statusOf(await head.until((text) => text.includes("\r\n\r\n")))).toBe(200);
});

test("no tunnel is opened then, and nothing passes in one that is open", async () => {
  const ca = createCertificateAuthority({ names: ["*.example.org"], now: new Date() });
  await using upstream = await startUpstream({
    answer: answerOk,
    tls: (host) => ca.contextFor(host),
  });
  let writable = true;
  await using bottle = await startGateway({
    config: {
      allow: [allow("a.example.org", upstream.port, { scheme: "https" })],
      extraCa: [ca.caPem],
    },
    writable: () => writable,
  });
  const where = `a.example.org:${upstream.port}`;
  const tunnel = bottle.open();
  tunnel.send(`CONNECT ${where} HTTP/1.1\r\nHost: ${where}\r\n\r\n`);
  await tunnel.until((text) => text.endsWith("\r\n\r\n"));
  const inside = rawClient(
    connectTls({ socket: tunnel.socket, servername: "a.example.org", ca: bottle.caPem }),
  );
  writable = false;
  inside.send(`GET / HTTP/1.1\r\nHost: ${where}\r\n\r\n`);
  expect(codeOf(await inside.until(isAnswer))).toBe("record-behind");
  const another = bottle.open();
  another.send(`CONNECT ${where} HTTP/1.1\r\nHost: ${where}\r\n\r\n`);
  expect(codeOf(await another.until(isAnswer))).toBe("record-behind");
  expect(upstream.received.join("")).toBe("");
});

/** The proxy door in front of any sandbox: whoever reaches it must show a placeholder. */
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  rawClient,
  startGateway,
  statusOf,
  testPlaceholder,
} from "../../../tests/support/gateway.ts";
import type { TestGateway } from "../../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../../tests/support/upstream.ts";
import type { RawUpstream } from "../../../tests/support/upstream.ts";
import { createCertificateAuthority } from "../tls/authority.ts";

const own = "placeholder-of-the-gateway-itself";
const basic = (user: string, password: string): string =>
  `Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}\r\n`;
const get = (upstream: RawUpstream, more = ""): string =>
  `GET http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n${more}\r\n`;

async function ask(bottle: TestGateway, request: string): Promise<string> {
  const client = bottle.open();
  client.send(request);
  return client.until(isAnswer);
}

const guarded = (upstream: RawUpstream): Promise<TestGateway> =>
  startGateway({
    ownPlaceholder: own,
    config: {
      allow: [allow("localhost", upstream.port)],
      credentials: [credentialFor(upstream.port)],
      blockedValues: [{ name: "the gateway's own placeholder", value: own }],
    },
  });

describe("the proxy door of a gateway alone", () => {
  test.each([
    ["nothing", ""],
    ["another password", basic("bottle", `${own}x`)],
    ["an empty Basic", "Proxy-Authorization: Basic\r\n"],
    ["two of the fields", basic("bottle", own) + basic("bottle", own)],
    ["it as the upstream's own", basic("bottle", own).replace("Proxy-", "")],
  ])("asks with 407 whoever shows %s, and dials nothing", async (_name, field) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await guarded(upstream);
    for (const request of [
      get(upstream, field),
      `CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n${field}\r\n`,
      `GET http://127.0.0.1:4180/anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n${field}\r\n`,
    ]) {
      const text = await ask(bottle, request);
      expect([statusOf(text), codeOf(text)]).toEqual([407, "client-unknown"]);
      expect(text).toContain('\r\nproxy-authenticate: Basic realm="claude-bottle"\r\n');
    }
    expect(upstream.sockets).toHaveLength(0);
    expect(bottle.lookups).toEqual([]);
    expect(JSON.stringify(bottle.audit)).not.toContain(own);
  });

  test.each([
    ["its own as password", basic("bottle", own)],
    ["its own as user", basic(own, "")],
    ["its own as Bearer", `Proxy-Authorization: Bearer ${own}\r\n`],
    ["a credential's", basic("any", testPlaceholder)],
  ])("serves whoever shows %s, and hands nothing of it on", async (_name, field) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await guarded(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    expect(statusOf(await client.until(isAnswer))).toBe(407);
    const before = client.text().length;
    client.send(get(upstream, field));
    await client.until((text) => isAnswer(text.slice(before)));
    expect(statusOf(client.text().slice(before))).toBe(200);
    expect(upstream.received[0]).toBe(`GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`);
  });

  test("finds the placeholder on its way out beside the one that was shown", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await guarded(upstream);
    const request = get(upstream, `${basic("bottle", own)}X-Note: ${own}\r\n`);
    expect(codeOf(await ask(bottle, request))).toBe("blocked-value");
  });

  test("asks once for a tunnel, and not inside of it", async () => {
    const ca = createCertificateAuthority({ names: ["localhost"], now: new Date() });
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: (host) => ca.contextFor(host),
    });
    const name = `localhost:${upstream.port}`;
    await using bottle = await startGateway({
      ownPlaceholder: own,
      config: {
        allow: [allow("localhost", upstream.port, { scheme: "https" })],
        extraCa: [ca.caPem],
      },
    });
    const client = bottle.open();
    client.send(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n${basic("bottle", own)}\r\n`);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.socket.removeAllListeners("data");
    const tls = { socket: client.socket, servername: "localhost", ca: bottle.caPem };
    const inner = rawClient(connectTls(tls));
    inner.send(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
    expect(statusOf(await inner.until(isAnswer))).toBe(200);
  });

  test("does not ask at the route door, which demands the credential's own", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await guarded(upstream);
    const route = (placeholder: string): string =>
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${placeholder}\r\n\r\n`;
    expect(statusOf(await ask(bottle, route(testPlaceholder)))).toBe(200);
    expect(codeOf(await ask(bottle, route("another")))).toBe("placeholder-missing");
  });

  test("knows a credential's placeholder no more when the credential is removed", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await guarded(upstream);
    bottle.gateway.replace({ ...bottle.config, credentials: [] });
    const text = await ask(bottle, get(upstream, basic("bottle", testPlaceholder)));
    expect(statusOf(text)).toBe(407);
    expect(statusOf(await ask(bottle, get(upstream, basic("bottle", own))))).toBe(200);
  });
});

/** Rules that change while the gateway runs. */
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { startCertificateLab } from "../../tests/support/certificates.ts";
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
import type { RawClient, TestGateway } from "../../tests/support/gateway.ts";
import { lacksProgram, need } from "../../tests/support/require.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";
import type { Credential, GatewayConfig } from "./config.ts";
import { createCertificateAuthority } from "./tls/authority.ts";

const upstreamCa = createCertificateAuthority({ names: ["localhost"], now: new Date() });
const overTls = (): Promise<RawUpstream> =>
  startUpstream({ answer: answerOk, tls: (name) => upstreamCa.contextFor(name) });

/** A tunnel that has served one request. */
async function tunnel(bottle: TestGateway, port: number): Promise<RawClient> {
  const client = bottle.open();
  client.send(`CONNECT localhost:${port} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  await client.until((text) => text.endsWith("\r\n\r\n"));
  client.socket.removeAllListeners("data");
  const inner = rawClient(
    connectTls({ socket: client.socket, servername: "localhost", ca: bottle.caPem }),
  );
  inner.send(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  expect(statusOf(await inner.until(isAnswer))).toBe(200);
  return inner;
}

const get = (port: number, path = "/", more = ""): string =>
  `GET http://localhost:${port}${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${more}\r\n`;

async function ask(bottle: TestGateway, request: string): Promise<string> {
  const client = bottle.open();
  client.send(request);
  return client.until(isAnswer);
}

const modelRequest = (placeholder: string, more = ""): string =>
  `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${placeholder}\r\n${more}\r\n`;

describe("other rules while the gateway runs", () => {
  test("hold for the next request on a connection that lives on, and let the one in flight end", async () => {
    let release = (): void => undefined;
    await using slow = await startUpstream({
      answer: (socket) => {
        release = () => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
      },
    });
    await using other = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({ config: { allow: [allow("localhost", slow.port)] } });
    const waiting = bottle.open();
    const idle = bottle.open();
    idle.send(get(other.port));
    expect(codeOf(await idle.until(isAnswer))).toBe("host-not-allowed");
    waiting.send(get(slow.port));
    await slow.until(() => slow.received[0]?.endsWith("\r\n\r\n") === true);
    bottle.gateway.replace({ ...bottle.config, allow: [allow("localhost", other.port)] }, "why");
    const before = idle.text().length;
    idle.send(get(other.port));
    await idle.until((text) => isAnswer(text.slice(before)));
    expect(statusOf(idle.text().slice(before))).toBe(200);
    release();
    const text = await waiting.ended;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*slow$/i);
    expect(codeOf(await ask(bottle, get(slow.port)))).toBe("host-not-allowed");
    expect(bottle.audit).toContainEqual(
      expect.objectContaining({ event: "note", code: "rules-replaced", reason: "why" }),
    );
  });

  test("end the tunnels of a host that is removed, and no other", async () => {
    await using gone = await overTls();
    await using stays = await overTls();
    const rules = [gone, stays].map(({ port }) => allow("localhost", port, { scheme: "https" }));
    await using bottle = await startGateway({
      config: { allow: rules, extraCa: [upstreamCa.caPem] },
    });
    const first = await tunnel(bottle, gone.port);
    const second = await tunnel(bottle, stays.port);
    expect(bottle.gateway.replace({ ...bottle.config, allow: rules.slice(1) })).toEqual({
      ended: 1,
    });
    await first.ended;
    const before = second.text().length;
    second.send(`GET / HTTP/1.1\r\nHost: localhost:${stays.port}\r\n\r\n`);
    await second.until((text) => isAnswer(text.slice(before)));
    expect(stays.received[0]?.split("GET ")).toHaveLength(3);
  });

  test("end the tunnels of a host that loses a credential, though it stays allowed", async () => {
    await using upstream = await overTls();
    const credential = credentialFor(upstream.port, {
      authorities: [{ scheme: "https", host: "localhost", port: upstream.port }],
      rules: [{}],
    });
    const { route: _route, ...bound } = credential;
    await using bottle = await startGateway({
      config: {
        allow: [allow("localhost", upstream.port, { scheme: "https" })],
        credentials: [bound],
        extraCa: [upstreamCa.caPem],
      },
    });
    const client = bottle.open();
    const name = `localhost:${upstream.port}`;
    client.send(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.socket.removeAllListeners("data");
    const inner = rawClient(
      connectTls({ socket: client.socket, servername: "localhost", ca: bottle.caPem }),
    );
    inner.send(`GET / HTTP/1.1\r\nHost: ${name}\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`);
    await inner.until(isAnswer);
    bottle.gateway.replace({ ...bottle.config, credentials: [{ ...bound, secret: "new-secret" }] });
    const before = inner.text().length;
    inner.send(`GET / HTTP/1.1\r\nHost: ${name}\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`);
    await inner.until((text) => isAnswer(text.slice(before)));
    bottle.gateway.replace({ ...bottle.config, credentials: [] });
    await inner.ended;
  });

  test("cut an upload to a host that is removed when its grace is over", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using bottle = await startGateway({
      config: { allow: [allow("localhost", upstream.port)] },
      limits: { tickMs: 5, graceMs: 20, held: 16 },
    });
    const client = bottle.open();
    client.send(
      `POST http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nContent-Length: 1000000\r\n\r\n${"a".repeat(70_000)}`,
    );
    await upstream.until(() => upstream.received[0]?.includes("aaa") === true);
    bottle.gateway.replace({ ...bottle.config, allow: [] });
    await client.ended;
    await upstream.until(() => upstream.sockets[0]?.destroyed === true);
  });

  test("drop the connections that wait for a removed host, and those that come back later", async () => {
    let answer = (): void => undefined;
    await using upstream = await startUpstream({
      answer: (socket, received, connection) => {
        const give = (): void => answerOk(socket, received);
        if (connection === 1) answer = give;
        else give();
      },
    });
    await using bottle = await startGateway({
      config: { allow: [allow("localhost", upstream.port)] },
    });
    const [one, two] = [bottle.open(), bottle.open()];
    one.send(get(upstream.port));
    await one.until(isAnswer);
    // The first connection is in use again while the second is made.
    one.send(get(upstream.port));
    two.send(get(upstream.port));
    await upstream.until(() => upstream.received[1]?.endsWith("\r\n\r\n") === true);
    await one.until((text) => text.split("200 OK").length === 3);
    bottle.gateway.replace({ ...bottle.config, allow: [] });
    await upstream.until(() => upstream.sockets[0]?.destroyed === true);
    answer();
    await upstream.until(() => upstream.sockets[1]?.destroyed === true);
  });
});

test("a certificate that a new list revokes serves no further request, on no connection that stands", async (context) => {
  need(context, lacksProgram("openssl"));
  await using lab = await startCertificateLab();
  const leaf = await lab.leaf();
  let answer = (): void => undefined;
  await using upstream = await startUpstream({
    certificate: leaf,
    answer: (socket, received, connection) => {
      if (connection === 0) answerOk(socket, received);
      else answer = () => answerOk(socket, received);
    },
  });
  await using bottle = await startGateway({
    config: {
      allow: [allow("localhost", upstream.port, { scheme: "https" })],
      extraCa: [lab.root],
    },
  });
  const request = `GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`;
  const [one, two] = [await tunnel(bottle, upstream.port), await tunnel(bottle, upstream.port)];
  const before = [one.text().length, two.text().length] as const;
  // The first waits in the pool; the second is in flight on a connection of its own.
  one.send(request);
  two.send(request);
  await upstream.until(() => upstream.received[1]?.endsWith("\r\n\r\n") === true);
  await one.until((text) => isAnswer(text.slice(before[0])));
  bottle.gateway.replace({ ...bottle.config, crl: [await lab.revoke([leaf.cert])] });
  await upstream.until(() => upstream.sockets[0]?.destroyed === true);
  answer();
  await two.until((text) => isAnswer(text.slice(before[1])));
  await upstream.until(() => upstream.sockets[1]?.destroyed === true);
  const seen = upstream.received.join("");
  const from = one.text().length;
  one.send(request);
  await one.until((text) => isAnswer(text.slice(from)));
  expect(codeOf(one.text().slice(from))).toBe("upstream-unreachable");
  expect(upstream.received.join("")).toBe(seen);
});

describe("a secret that was replaced", () => {
  const old = { secret: testSecret, placeholder: testPlaceholder };
  const rotated = (port: number, more: Partial<Credential> = {}): Credential =>
    credentialFor(port, {
      secret: "sk-second-0123456789abcdef",
      set: [{ name: "Authorization", value: "Bearer sk-second-0123456789abcdef" }],
      ...more,
    });

  test("is injected no more, under the same placeholder", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const client = bottle.open();
    client.send(modelRequest(testPlaceholder));
    await client.until(isAnswer);
    bottle.gateway.replace({ ...bottle.config, credentials: [rotated(upstream.port)] });
    client.send(modelRequest(testPlaceholder));
    await client.until((text) => text.split("200 OK").length === 3);
    expect(upstream.received[0]?.match(/Bearer .*/g)).toEqual([
      `Bearer ${testSecret}`,
      "Bearer sk-second-0123456789abcdef",
    ]);
  });

  test("is refused and scrubbed for as long as the gateway lives, and so is its placeholder", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        if (!received.endsWith("\r\n\r\n")) return;
        const echo = `${testSecret} ${Buffer.from(testSecret).toString("base64")}`;
        socket.write(
          `HTTP/1.1 200 OK\r\nX-Echo: ${testSecret}\r\nContent-Length: ${echo.length}\r\n\r\n${echo}`,
        );
      },
    });
    await using bottle = await startGateway({
      config: {
        credentials: [credentialFor(upstream.port)],
        allow: [allow("localhost", upstream.port)],
        blockedValues: [{ name: "env REGION", value: "owners-visible-value" }],
      },
    });
    const placeholder = "placeholder-second-0123456789";
    const next: GatewayConfig = {
      ...bottle.config,
      credentials: [rotated(upstream.port, { placeholder })],
      blockedValues: [],
    };
    bottle.gateway.replace(next);
    // Twice: what was retired once stays so.
    bottle.gateway.replace({ ...next, deny: [{ host: "x.example", ports: [], scheme: "https" }] });
    const text = await ask(bottle, modelRequest(placeholder));
    expect(statusOf(text)).toBe(200);
    expect(text).not.toContain(testSecret);
    expect(text).not.toContain(Buffer.from(testSecret).toString("base64").slice(0, 40));
    for (const value of [old.secret, old.placeholder, "owners-visible-value"]) {
      const plain = get(upstream.port, "/", `X-Note: ${value}\r\n`);
      expect(codeOf(await ask(bottle, plain))).toBe("blocked-value");
    }
    expect(codeOf(await ask(bottle, modelRequest(old.placeholder)))).toBe("blocked-value");
    expect(JSON.stringify(bottle.audit)).not.toContain(old.secret);
    expect(JSON.stringify(bottle.audit)).not.toContain(old.placeholder);
  });

  test("is allowed again where it is in use again", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    bottle.gateway.replace({ ...bottle.config, credentials: [] });
    expect(codeOf(await ask(bottle, modelRequest(testPlaceholder)))).toBe("unknown-route");
    bottle.gateway.replace(bottle.config);
    expect(statusOf(await ask(bottle, modelRequest(testPlaceholder)))).toBe(200);
  });

  test("makes the gateway ask for a restart before there are more than it can look for", async () => {
    await using bottle = await startGateway();
    const values = [0, 1, 2].map((which) => ({
      name: `env ${which}`,
      value: String(which).repeat(20_000),
    }));
    for (const one of values.slice(0, 2))
      bottle.gateway.replace({ ...bottle.config, blockedValues: [one] });
    expect(() =>
      bottle.gateway.replace({ ...bottle.config, blockedValues: values.slice(2) }),
    ).toThrow("restart the bottle");
  });
});

describe("what a living gateway cannot take over", () => {
  test.each<[string, Partial<GatewayConfig>]>([
    [
      "a host its certificate authority was not made for",
      { allow: [{ host: "other.example.net", ports: [443], scheme: "https" }] },
    ],
    [
      "a wildcard wider than its authority",
      { allow: [{ host: "*.example.net", ports: [443], scheme: "https" }] },
    ],
    [
      "a credential for such a host",
      {
        credentials: [
          credentialFor(1, { authorities: [{ scheme: "https", host: "example.net", port: 443 }] }),
        ],
      },
    ],
    ["other trust", { extraCa: [upstreamCa.caPem] }],
    [
      "another way out",
      { upstreamProxy: { url: "http://127.0.0.1:1", ca: null, authorization: null } },
    ],
  ])("%s: it says restart the bottle, and the old rules stay", async (_name, change) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { allow: [allow("localhost", upstream.port)] },
    });
    expect(() => bottle.gateway.replace({ ...bottle.config, allow: [], ...change })).toThrow(
      expect.objectContaining({
        code: "E_GATEWAY_RESTART",
        message: expect.stringContaining("restart the bottle") as string,
      }) as Error,
    );
    expect(statusOf(await ask(bottle, get(upstream.port)))).toBe(200);
  });

  test("names below its wildcard, addresses and plain http it can", async () => {
    await using bottle = await startGateway();
    bottle.gateway.replace({
      ...bottle.config,
      allow: [
        { host: "a.b.example.org", ports: [443], scheme: "https" },
        { host: "*.b.example.org", ports: [443], scheme: "https" },
        { host: "192.0.2.1", ports: [443], scheme: "https" },
        { host: "plain.example.net", ports: [80], scheme: "http" },
      ],
    });
  });
});

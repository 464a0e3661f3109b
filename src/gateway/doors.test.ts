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
} from "../../tests/support/gateway.ts";
import type { RawClient, TestGateway } from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import { createCertificateAuthority } from "./tls/authority.ts";

/** Sends one request and returns its answer. */
async function ask(bottle: TestGateway, request: string): Promise<string> {
  const client = bottle.open();
  client.send(request);
  return client.until(isAnswer);
}

const door = "Host: 127.0.0.1:4180";

describe("the route door", () => {
  test("answers HEAD on its root and on a route itself, and nothing is dialled", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    for (const path of ["/", "/anthropic", "/anthropic/"])
      expect(statusOf(await ask(bottle, `HEAD ${path} HTTP/1.1\r\n${door}\r\n\r\n`))).toBe(200);
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each([
    ["an unknown path", `GET /nowhere HTTP/1.1\r\n${door}`, 404, "unknown-route"],
    [
      "a path that only begins like a route",
      `GET /anthropicx/v1 HTTP/1.1\r\n${door}`,
      404,
      "unknown-route",
    ],
    [
      "another host",
      "GET /anthropic/v1/messages HTTP/1.1\r\nHost: evil.example",
      403,
      "host-not-door",
    ],
    [
      "another port",
      "GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:80",
      403,
      "host-not-door",
    ],
    [
      "another site",
      `POST /anthropic/v1/messages HTTP/1.1\r\n${door}\r\nOrigin: https://evil.example`,
      403,
      "cross-site",
    ],
    [
      "a site without name",
      `POST /anthropic/v1/messages HTTP/1.1\r\n${door}\r\nOrigin: null`,
      403,
      "cross-site",
    ],
    [
      "a browser's other site",
      `GET /anthropic/v1/messages HTTP/1.1\r\n${door}\r\nSec-Fetch-Site: cross-site`,
      403,
      "cross-site",
    ],
    ["a climb out of the route", `GET /anthropic/../x HTTP/1.1\r\n${door}`, 403, "ambiguous-path"],
    ["a hidden climb", `GET /anthropic/%2e%2e/x HTTP/1.1\r\n${door}`, 403, "ambiguous-path"],
    [
      "another path of the service",
      `GET /anthropic/v1/files HTTP/1.1\r\n${door}\r\nX-Api-Key: ${testPlaceholder}`,
      403,
      "credential-rule",
    ],
    [
      "another method",
      `DELETE /anthropic/v1/messages HTTP/1.1\r\n${door}\r\nX-Api-Key: ${testPlaceholder}`,
      403,
      "credential-rule",
    ],
    ["the asterisk", `OPTIONS * HTTP/1.1\r\n${door}`, 403, "target-form"],
    [
      "a WebSocket",
      `GET /anthropic/v1/messages HTTP/1.1\r\n${door}\r\nX-Api-Key: ${testPlaceholder}\r\nConnection: Upgrade\r\nUpgrade: websocket`,
      426,
      "upgrade-not-supported",
    ],
    [
      "h2c",
      `GET /anthropic/v1/messages HTTP/1.1\r\n${door}\r\nUpgrade: h2c`,
      403,
      "upgrade-not-supported",
    ],
  ])("refuses %s", async (_name, head, status, code) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const text = await ask(bottle, `${head}\r\n\r\n`);
    expect([statusOf(text), codeOf(text)]).toEqual([status, code]);
    expect(upstream.sockets).toHaveLength(0);
    expect(bottle.audit).toMatchObject([{ event: "refused", code }]);
  });

  test("puts the upstream's base path where the prefix was, also when it came in absolute-form", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    const authority = { scheme: "http", host: "127.0.0.1", port: upstream.port } as const;
    await using bottle = await startGateway({
      config: {
        credentials: [
          credentialFor(upstream.port, {
            rules: [{ methods: ["GET"], paths: ["/corp/v1/**"] }],
            route: { prefix: "/anthropic", authority, basePath: "/corp" },
          }),
        ],
      },
    });
    for (const target of [
      "/anthropic/v1/models?limit=1",
      "http://127.0.0.1:4180/anthropic/v1/models?limit=1",
    ])
      expect(
        statusOf(
          await ask(
            bottle,
            `GET ${target} HTTP/1.1\r\n${door}\r\nAuthorization: Bearer ${testPlaceholder}\r\n\r\n`,
          ),
        ),
      ).toBe(200);
    expect(upstream.received.join("").match(/^GET .*$/gm)).toEqual(
      Array(2).fill("GET /corp/v1/models?limit=1 HTTP/1.1"),
    );
  });
});

describe("the placeholder", () => {
  test.each([
    ["none", ""],
    ["a wrong one", `\r\nAuthorization: Bearer ${testPlaceholder.replace("0", "1")}`],
    ["a longer one", `\r\nAuthorization: Bearer ${testPlaceholder}x`],
    ["two words before it", `\r\nAuthorization: Bearer of ${testPlaceholder}`],
    ["in another header", `\r\nX-Other: ${testPlaceholder}`],
    ["an empty value", "\r\nAuthorization:"],
  ])("is demanded: %s does not do", async (_name, fields) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const text = await ask(
      bottle,
      `GET /anthropic/v1/messages HTTP/1.1\r\n${door}${fields}\r\n\r\n`,
    );
    expect(codeOf(text)).toBe("placeholder-missing");
    expect(upstream.sockets).toHaveLength(0);
  });

  test("of one credential is refused on the way to any other host", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { allow: [allow("localhost", upstream.port)], credentials: [credentialFor(1)] },
    });
    const text = await ask(
      bottle,
      `GET http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nX-A: ${Buffer.from(testPlaceholder).toString("base64")}\r\n\r\n`,
    );
    expect(codeOf(text)).toBe("blocked-value");
    expect(upstream.sockets).toHaveLength(0);
    expect(JSON.stringify(bottle.audit)).not.toContain(testPlaceholder);
  });
});

describe("the proxy door", () => {
  test.each([
    [
      "a host that is not allowed",
      "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example",
      "host-not-allowed",
    ],
    [
      "a port that is not allowed",
      "GET http://localhost:81/ HTTP/1.1\r\nHost: localhost:81",
      "host-not-allowed",
    ],
    [
      "a method that is not allowed",
      "POST http://localhost/ HTTP/1.1\r\nHost: localhost",
      "request-not-allowed",
    ],
    [
      "absolute-form against Host",
      "GET http://localhost/ HTTP/1.1\r\nHost: evil.example",
      "authority-mismatch",
    ],
    [
      "absolute-form against Host's port",
      "GET http://localhost/ HTTP/1.1\r\nHost: localhost:81",
      "authority-mismatch",
    ],
    [
      "the door's own name against Host",
      "GET http://127.0.0.1:4180/ HTTP/1.1\r\nHost: localhost",
      "authority-mismatch",
    ],
    [
      "a user part",
      "GET http://localhost@evil.example/ HTTP/1.1\r\nHost: evil.example",
      "bad-authority",
    ],
    ["https in absolute-form", "GET https://localhost/ HTTP/1.1\r\nHost: localhost", "target-form"],
    ["another scheme", "GET ftp://localhost/ HTTP/1.1\r\nHost: localhost", "target-form"],
    [
      "authority-form without CONNECT",
      "GET localhost:80 HTTP/1.1\r\nHost: localhost",
      "target-form",
    ],
    ["a trailing dot", "GET http://localhost./ HTTP/1.1\r\nHost: localhost.", "bad-authority"],
    [
      "CONNECT to a denied host",
      "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443",
      "host-not-allowed",
    ],
    [
      "CONNECT to a denied port",
      "CONNECT secure.example.org:22 HTTP/1.1\r\nHost: secure.example.org:22",
      "host-not-allowed",
    ],
    [
      "CONNECT to an address",
      "CONNECT 93.184.216.34:443 HTTP/1.1\r\nHost: 93.184.216.34:443",
      "host-not-allowed",
    ],
    [
      "CONNECT to an IPv6 address",
      "CONNECT [2606:4700::1111]:443 HTTP/1.1\r\nHost: [2606:4700::1111]:443",
      "host-not-allowed",
    ],
    [
      "CONNECT to an address that is allowed",
      "CONNECT 192.0.2.7:443 HTTP/1.1\r\nHost: 192.0.2.7:443",
      "address-tunnel",
    ],
    [
      "CONNECT to what is plain http",
      "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80",
      "host-not-allowed",
    ],
    [
      "CONNECT without port",
      "CONNECT secure.example.org HTTP/1.1\r\nHost: secure.example.org",
      "bad-authority",
    ],
    [
      "CONNECT with a user part",
      "CONNECT a@secure.example.org:443 HTTP/1.1\r\nHost: secure.example.org:443",
      "bad-authority",
    ],
    [
      "CONNECT against Host",
      "CONNECT secure.example.org:443 HTTP/1.1\r\nHost: other.example.org:443",
      "authority-mismatch",
    ],
  ])("refuses %s, and looks nothing up", async (_name, head, code) => {
    await using bottle = await startGateway({
      config: {
        allow: [
          allow("localhost", 80, { methods: ["GET"] }),
          { host: "secure.example.org", ports: [443], scheme: "https" },
          { host: "192.0.2.7", ports: [443], scheme: "https" },
        ],
      },
    });
    const text = await ask(bottle, `${head}\r\n\r\n`);
    expect([statusOf(text), codeOf(text)]).toEqual([403, code]);
    expect(bottle.lookups).toEqual([]);
  });

  test.each([
    ["a private address", ["10.0.0.1"]],
    ["loopback", ["127.0.0.1"]],
    ["metadata", ["169.254.169.254"]],
    ["mapped loopback", ["::ffff:127.0.0.1"]],
    ["NAT64", ["64:ff9b::7f00:1"]],
    ["one bad address behind a good one", ["93.184.216.34", "192.168.0.1"]],
  ])("refuses a name that leads to %s", async (_name, addresses) => {
    await using bottle = await startGateway({
      config: { allow: [allow("rebind.example.org", 80)] },
      resolve: async () =>
        addresses.map((address) => ({
          address,
          family: address.includes(":") ? (6 as const) : (4 as const),
        })),
    });
    const text = await ask(
      bottle,
      "GET http://rebind.example.org/ HTTP/1.1\r\nHost: rebind.example.org\r\n\r\n",
    );
    expect([statusOf(text), codeOf(text)]).toEqual([403, "address-not-allowed"]);
    expect(bottle.lookups).toEqual(["rebind.example.org"]);
  });

  test("tells an unreachable host apart from a refused one: 502, which agents try again", async () => {
    await using bottle = await startGateway({
      config: { allow: [allow("gone.example.org", 80), allow("127.0.0.1", 1)] },
      resolve: () => Promise.reject(new Error("ENOTFOUND")),
    });
    for (const host of ["gone.example.org", "127.0.0.1:1"]) {
      const text = await ask(bottle, `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect([statusOf(text), codeOf(text)]).toEqual([502, "upstream-unreachable"]);
    }
  });

  test("takes CONNECT by HTTP/1.0, as older Pythons send it", async () => {
    await using bottle = await startGateway({
      config: { allow: [{ host: "a.example.org", ports: [443], scheme: "https" }] },
    });
    const client = bottle.open();
    client.send("CONNECT a.example.org:443 HTTP/1.0\r\n\r\n");
    expect(statusOf(await client.until((text) => text.endsWith("\r\n\r\n")))).toBe(200);
  });

  test("closes a tunnel in which something else than TLS is spoken", async () => {
    await using bottle = await startGateway({
      config: { allow: [{ host: "a.example.org", ports: [443], scheme: "https" }] },
    });
    const client = bottle.open();
    client.send(
      "CONNECT a.example.org:443 HTTP/1.1\r\nHost: a.example.org:443\r\n\r\nSSH-2.0-x\r\n",
    );
    expect(statusOf(await client.ended)).toBe(200);
    expect(bottle.audit.at(-1)).toMatchObject({ event: "refused", code: "not-tls" });
    expect(bottle.lookups).toEqual([]);
  });
});

describe("inside a tunnel", () => {
  const upstreamCa = createCertificateAuthority({
    names: ["localhost", "other.example.org"],
    now: new Date(),
  });

  async function tunnel(bottle: TestGateway, port: number, servername: string): Promise<RawClient> {
    const client = bottle.open();
    client.send(`CONNECT localhost:${port} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    await client.until((text) => text.endsWith("\r\n\r\n"));
    client.socket.removeAllListeners("data");
    return rawClient(
      connectTls({
        socket: client.socket,
        servername,
        ca: bottle.caPem,
        rejectUnauthorized: false,
      }),
    );
  }

  test.each([
    ["a Host that names another host", "localhost", "/", "other.example.org", "authority-mismatch"],
    ["a greeting for another host", "other.example.org", "/", "HOST", "sni-mismatch"],
    ["a greeting for no host", "", "/", "HOST", "sni-missing"],
    ["absolute-form", "localhost", "http://localhost/", "HOST", "target-form"],
  ])("refuses %s", async (_name, servername, target, host, code) => {
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: (name) => upstreamCa.contextFor(name),
    });
    await using bottle = await startGateway({
      config: {
        allow: [allow("localhost", upstream.port, { scheme: "https" })],
        extraCa: [upstreamCa.caPem],
      },
    });
    const inner = await tunnel(bottle, upstream.port, servername);
    inner.send(
      `GET ${target} HTTP/1.1\r\nHost: ${host === "HOST" ? `localhost:${upstream.port}` : host}\r\n\r\n`,
    );
    const text = await inner.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([403, code]);
    expect(upstream.sockets).toHaveLength(0);
  });

  test("accepts another Host only where a test breaks this boundary", async () => {
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: (name) => upstreamCa.contextFor(name),
    });
    await using bottle = await startGateway({
      config: {
        allow: [allow("localhost", upstream.port, { scheme: "https" })],
        extraCa: [upstreamCa.caPem],
        breakBoundary: "gateway-authority",
      },
    });
    const inner = await tunnel(bottle, upstream.port, "localhost");
    inner.send("GET / HTTP/1.1\r\nHost: other.example.org\r\n\r\n");
    expect(statusOf(await inner.until(isAnswer))).toBe(200);
  });

  test("an upstream whose certificate is for another name gets no request", async () => {
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: () => upstreamCa.contextFor("other.example.org"),
    });
    await using bottle = await startGateway({
      config: {
        allow: [allow("localhost", upstream.port, { scheme: "https" })],
        extraCa: [upstreamCa.caPem],
      },
    });
    const inner = await tunnel(bottle, upstream.port, "localhost");
    inner.send(`GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`);
    const text = await inner.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([502, "upstream-unreachable"]);
    expect(upstream.received.join("")).toBe("");
  });
});

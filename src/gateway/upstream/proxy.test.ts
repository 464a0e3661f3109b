/** A whole gateway behind a real proxy: what goes through it, and that nothing goes past it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { beforeEach, describe, expect, test } from "vitest";
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
} from "../../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../../tests/support/gateway.ts";
import { startProxy } from "../../../tests/support/proxy.ts";
import type { TestProxy } from "../../../tests/support/proxy.ts";
import { lacksProgram, need } from "../../../tests/support/require.ts";
import { answerOk, startUpstream } from "../../../tests/support/upstream.ts";
import type { UpstreamProxy } from "../config.ts";
import { createCertificateAuthority } from "../tls/authority.ts";

const now = new Date();
const auth = "me:correct horse battery";
const authorization = `Basic ${Buffer.from(auth).toString("base64")}`;
const host = "api.example.org";

function behind(
  proxy: Pick<TestProxy, "port">,
  options: TestGatewayOptions & { readonly through?: Partial<UpstreamProxy> } = {},
): Promise<TestGateway> {
  const { through, config, ...rest } = options;
  const url = `http://proxy.example.org:${proxy.port}`;
  const upstreamProxy = { url, ca: null, authorization: null, ...through };
  return startGateway({ ...rest, config: { allow: [allow(host, 80)], ...config, upstreamProxy } });
}

async function get(bottle: TestGateway, authority = host): Promise<string> {
  const client = bottle.open();
  client.send(`GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  return client.until(isAnswer);
}

/** One request inside of an intercepted tunnel to `host`. */
async function getInTunnel(bottle: TestGateway): Promise<string> {
  const client = bottle.open();
  client.send(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
  await client.until((text) => text.endsWith("\r\n\r\n"));
  client.socket.removeAllListeners("data");
  const inner = rawClient(
    connectTls({ socket: client.socket, servername: host, ca: bottle.caPem }),
  );
  inner.send(`GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return inner.until(isAnswer);
}

const overTls = { allow: [allow(host, 443, { scheme: "https" })] };

describe("the way out through the owner's proxy", () => {
  test("takes plain http by CONNECT, by name, with the proxy's name alone being looked up", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using proxy = await startProxy({ leads: { [`${host}:80`]: upstream.port } });
    await using bottle = await behind(proxy);
    expect(statusOf(await get(bottle))).toBe(200);
    expect(proxy.heads).toEqual([`CONNECT ${host}:80 HTTP/1.1\r\nHost: ${host}:80`]);
    expect(upstream.received).toEqual([`GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`]);
    expect(bottle.lookups).toEqual(["proxy.example.org"]);
  });

  test("keeps a tunnel for the next request to the same host, and opens another one for another host", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    const other = "other.example.org";
    const leads = { [`${host}:80`]: upstream.port, [`${other}:80`]: upstream.port };
    await using proxy = await startProxy({ leads });
    const rules = [allow(host, 80), allow(other, 80)];
    await using bottle = await behind(proxy, { config: { allow: rules } });
    for (const name of [host, host, other]) expect(statusOf(await get(bottle, name))).toBe(200);
    expect(proxy.heads).toHaveLength(2);
  });

  test("carries https, and the upstream's own certificate is verified inside", async () => {
    const upstreamCa = createCertificateAuthority({ names: [host], now });
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: (name) => upstreamCa.contextFor(name),
    });
    await using proxy = await startProxy({ leads: { [`${host}:443`]: upstream.port } });
    await using bottle = await behind(proxy, {
      config: { ...overTls, extraCa: [upstreamCa.caPem] },
    });
    expect(statusOf(await getInTunnel(bottle))).toBe(200);
    expect(proxy.heads).toEqual([`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443`]);
    await using stranger = await behind(proxy, { config: overTls });
    const refused = await getInTunnel(stranger);
    expect([statusOf(refused), codeOf(refused)]).toEqual([502, "upstream-unreachable"]);
    expect(upstream.received.filter((text) => text !== "")).toHaveLength(1);
  });

  test("refuses a proxy that ends the upstream's TLS itself, even with a certificate that is good for the proxy", async () => {
    const proxyCa = createCertificateAuthority({ names: ["*.example.org"], now });
    await using trap = await startUpstream({
      answer: answerOk,
      tls: (name) => proxyCa.contextFor(name),
    });
    await using proxy = await startProxy({
      leads: { [`${host}:443`]: trap.port },
      tls: proxyCa.contextFor("proxy.example.org"),
    });
    await using bottle = await behind(proxy, {
      config: overTls,
      through: { url: `https://proxy.example.org:${proxy.port}`, ca: proxyCa.caPem },
    });
    expect(codeOf(await getInTunnel(bottle))).toBe("upstream-unreachable");
    expect(proxy.heads).toHaveLength(1);
    expect(trap.received.join("")).toBe("");
  });

  test("speaks TLS to a proxy over https, and TLS to the upstream within it", async () => {
    const proxyCa = createCertificateAuthority({ names: ["proxy.example.org"], now });
    const upstreamCa = createCertificateAuthority({ names: [host], now });
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: (name) => upstreamCa.contextFor(name),
    });
    await using proxy = await startProxy({
      leads: { [`${host}:443`]: upstream.port },
      auth,
      tls: proxyCa.contextFor("proxy.example.org"),
    });
    const url = `https://proxy.example.org:${proxy.port}`;
    const config = { ...overTls, extraCa: [upstreamCa.caPem] };
    await using bottle = await behind(proxy, {
      config,
      through: { url, ca: proxyCa.caPem, authorization },
    });
    expect(statusOf(await getInTunnel(bottle))).toBe(200);
    await using distrusting = await behind(proxy, { config, through: { url, authorization } });
    expect(codeOf(await getInTunnel(distrusting))).toBe("upstream-proxy-failed");
    expect(proxy.heads).toHaveLength(1);
  });

  test("injects, and hides the echo of what was injected, as without a proxy", async () => {
    const address = "192.0.2.7";
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        if (!received.endsWith("\r\n\r\n")) return;
        const echo = `${received} ${auth}`;
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${echo.length}\r\n\r\n${echo}`);
      },
    });
    await using proxy = await startProxy({ leads: { [`${address}:80`]: upstream.port }, auth });
    const authority = { scheme: "http", host: address, port: 80 } as const;
    const credential = credentialFor(80, {
      authorities: [authority],
      route: { prefix: "/anthropic", authority, basePath: "" },
    });
    await using bottle = await behind(proxy, {
      config: { allow: [], credentials: [credential] },
      through: { authorization },
    });
    const client = bottle.open();
    client.send(
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`,
    );
    const text = await client.until(isAnswer);
    expect(statusOf(text)).toBe(200);
    expect(upstream.received[0]).toContain(testSecret);
    expect(upstream.received[0]).not.toContain("Proxy-Authorization");
    expect(text).not.toContain(testSecret);
    expect(text).not.toContain("correct horse");
  });
});

/** A certificate for an address alone, which our own authority never makes. */
function addressCertificate(address: string): { readonly cert: string; readonly key: string } {
  const dir = mkdtempSync(join(tmpdir(), "address-cert-"));
  try {
    const [cert, key] = [join(dir, "c"), join(dir, "k")];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const names = [
      "-subj",
      "/CN=localhost",
      "-addext",
      `subjectAltName=IP:${address},DNS:localhost`,
    ];
    spawnSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", cert]);
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe("an address behind the proxy", () => {
  beforeEach((context) => need(context, lacksProgram("openssl")));

  test.each([
    ["is for it", "10.0.0.5", 200],
    ["is for another one, and for localhost", "10.0.0.6", 502],
  ])("is verified as that address: its certificate %s", async (_n, named, status) => {
    const made = addressCertificate(named);
    await using upstream = await startUpstream({ answer: answerOk, certificate: made });
    await using proxy = await startProxy({ leads: { "10.0.0.5:443": upstream.port } });
    const authority = { scheme: "https", host: "10.0.0.5", port: 443 } as const;
    const credential = credentialFor(443, {
      authorities: [authority],
      route: { prefix: "/anthropic", authority, basePath: "" },
    });
    await using bottle = await behind(proxy, {
      config: { allow: [], credentials: [credential], extraCa: [made.cert] },
    });
    const client = bottle.open();
    client.send(
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`,
    );
    expect(statusOf(await client.until(isAnswer))).toBe(status);
  });
});

describe("the proxy's authorization", () => {
  test("is sent to the proxy and to nobody else", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using proxy = await startProxy({ leads: { [`${host}:80`]: upstream.port }, auth });
    await using bottle = await behind(proxy, { through: { authorization } });
    expect(statusOf(await get(bottle))).toBe(200);
    expect(proxy.heads[0]).toContain(`\r\nProxy-Authorization: ${authorization}`);
    expect(upstream.received.join("")).not.toMatch(/Proxy-/i);
  });

  test.each([
    ["is wrong", `Basic ${Buffer.from("me:a wrong password").toString("base64")}`],
    ["is missing", null],
  ])(
    "leads to nothing where it %s, is shown to nobody, and is not tried again",
    async (_n, wrong) => {
      await using upstream = await startUpstream({ answer: answerOk });
      await using proxy = await startProxy({ leads: { [`${host}:80`]: upstream.port }, auth });
      await using bottle = await behind(proxy, { through: { authorization: wrong } });
      const text = await get(bottle);
      expect([statusOf(text), codeOf(text)]).toEqual([403, "upstream-proxy-refused"]);
      expect(text).not.toMatch(/wrong password|bWU6|corp|realm/);
      expect(bottle.audit).toMatchObject([{ event: "refused", code: "upstream-proxy-refused" }]);
      expect(bottle.audit[0]?.reason).toContain("407");
      expect(JSON.stringify(bottle.audit)).not.toMatch(/wrong password|bWU6/);
      expect(upstream.sockets).toHaveLength(0);
      expect(proxy.heads).toHaveLength(1);
    },
  );

  test.each([
    ["as it is", auth],
    ["as the password alone", "correct horse battery"],
    ["as the field's value", authorization.slice("Basic ".length)],
  ])("may leave in no request: %s", async (_name, value) => {
    await using proxy = await startProxy({});
    await using bottle = await behind(proxy, { through: { authorization } });
    const client = bottle.open();
    client.send(`GET http://${host}/a HTTP/1.1\r\nHost: ${host}\r\nX-One: ${value}\r\n\r\n`);
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
    expect(proxy.sockets).toHaveLength(0);
    expect(JSON.stringify(bottle.audit)).not.toContain(value);
  });

  test("may not leave to the agent's own model either", async () => {
    await using proxy = await startProxy({});
    const credential = credentialFor(80, { readsConversation: true });
    await using bottle = await behind(proxy, {
      config: { credentials: [credential] },
      through: { authorization },
    });
    const client = bottle.open();
    client.send(
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\nX-One: ${auth}\r\n\r\n`,
    );
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
  });
});

describe("a proxy that does not open the way", () => {
  const limits = { proxyMs: 200, dialMs: 200 };

  test.each<[string, string, number, RegExp]>([
    ["forbids", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403, /answered 403/],
    ["has no way itself", "HTTP/1.1 503 Nothing\r\n\r\n", 502, /answered 503/],
    ["sends elsewhere", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", 502, /answered 302/],
    ["takes it for a page", "HTTP/1.1 204 No Content\r\n\r\n", 502, /answered 204/],
    ["asks for patience first", "HTTP/1.1 100 Continue\r\n\r\n", 502, /answered 100/],
    ["speaks another language", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 502, /status line/],
    ["speaks garbage", "\x00\x01\x02\xff\n\n", 502, /without CRLF/],
    ["ends lines as it likes", "HTTP/1.1 200 OK\nX: y\n\n", 502, /without CRLF/],
    ["has a head without end", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(20_000)}`, 502, /too long/],
    ["has many fields", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(300)}\r\n`, 502, /field/],
    ["answers before it is asked", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n", 502, /more than/],
    ["says nothing", "", 502, /in time/],
    ["says half of it", "HTTP/1.1 200 Connec", 502, /in time/],
  ])("leads to a refusal and to no other way: it %s", async (_name, said, status, reason) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using proxy = await startProxy({
      answer: (socket) => void socket.write(said, "latin1"),
    });
    await using bottle = await behind(proxy, {
      limits,
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
      config: { allow: [allow(host, upstream.port)] },
    });
    const text = await get(bottle, `${host}:${upstream.port}`);
    const code = status === 403 ? "upstream-proxy-refused" : "upstream-proxy-failed";
    expect([statusOf(text), codeOf(text)]).toEqual([status, code]);
    expect(bottle.audit).toMatchObject([{ event: "refused", code, status }]);
    expect(bottle.audit[0]?.reason).toMatch(reason);
    expect(upstream.sockets).toHaveLength(0);
    expect(bottle.lookups).toEqual(["proxy.example.org"]);
    expect(bottle.gateway.stats().active).toBe(0);
  });

  test("leads to a refusal where nobody listens", async () => {
    await using gone = await startProxy({});
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    await using bottle = await behind({ port }, { limits });
    expect(codeOf(await get(bottle))).toBe("upstream-proxy-failed");
    expect(bottle.audit[0]?.reason).toMatch(/cannot be reached.*ECONNREFUSED/);
  });

  test("leads to a refusal where its name does not resolve", async () => {
    await using bottle = await behind(
      { port: 1 },
      { resolve: () => Promise.reject(new Error("ENOTFOUND")) },
    );
    expect(codeOf(await get(bottle))).toBe("upstream-proxy-failed");
    expect(bottle.lookups).toEqual(["proxy.example.org"]);
  });

  test("leads to a refusal where it closes at once, or resets what it has opened", async () => {
    await using closing = await startProxy({ answer: (socket) => void socket.end() });
    await using first = await behind(closing);
    expect(codeOf(await get(first))).toBe("upstream-proxy-failed");
    await using breaking = await startProxy({
      answer: (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.once("data", () => socket.resetAndDestroy());
      },
    });
    await using second = await behind(breaking);
    expect(codeOf(await get(second))).toBe("upstream-unreachable");
  });

  test("takes the next of its addresses where one is dead", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using proxy = await startProxy({ leads: { [`${host}:80`]: upstream.port } });
    await using bottle = await behind(proxy, {
      resolve: async () => [
        { address: "127.0.0.3", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ],
    });
    expect(statusOf(await get(bottle))).toBe(200);
  });
});

describe("what is never asked of a proxy", () => {
  test("localhost and loopback addresses that the manifest names: they are this machine's own", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using proxy = await startProxy({});
    const hosts = ["localhost", "127.0.0.1"];
    const rules = hosts.map((name) => allow(name, upstream.port));
    await using bottle = await behind(proxy, { config: { allow: rules } });
    for (const name of hosts)
      expect(statusOf(await get(bottle, `${name}:${upstream.port}`))).toBe(200);
    expect(proxy.sockets).toHaveLength(0);
  });

  test.each(["x.localhost", "localhost.localdomain", "ip6-loopback", "x.invalid"])(
    "%s: neither asked nor dialled, wherever it leads",
    async (name) => {
      await using upstream = await startUpstream({ answer: answerOk });
      await using proxy = await startProxy({});
      for (const address of ["127.0.0.1", "93.184.216.34"]) {
        await using bottle = await behind(proxy, {
          config: { allow: [allow(name, upstream.port)] },
          resolve: async () => [{ address, family: 4 }],
        });
        const text = await get(bottle, `${name}:${upstream.port}`);
        expect([statusOf(text), codeOf(text)]).toEqual([403, "address-not-allowed"]);
      }
      expect([...proxy.sockets, ...upstream.sockets]).toHaveLength(0);
    },
  );

  test.each(["10.0.0.5", "169.254.169.254", "[fd00::5]", "127.0.0.1"])(
    "an address that the manifest does not name: %s",
    async (address) => {
      await using proxy = await startProxy({});
      await using bottle = await behind(proxy, {
        config: { allow: [allow("*.example.org", 80), allow(host, 80)] },
      });
      expect(codeOf(await get(bottle, address))).toBe("host-not-allowed");
      expect(proxy.sockets).toHaveLength(0);
    },
  );

  test("an address that the manifest names does go there", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using proxy = await startProxy({
      leads: { "10.0.0.5:80": upstream.port, "[fd00::5]:80": upstream.port },
    });
    const rules = [allow("10.0.0.5", 80), allow("fd00::5", 80)];
    await using bottle = await behind(proxy, { config: { allow: rules } });
    expect(statusOf(await get(bottle, "10.0.0.5"))).toBe(200);
    expect(statusOf(await get(bottle, "[fd00::5]"))).toBe(200);
  });
});

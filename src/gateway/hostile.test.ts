/** What a hijacked agent or an upstream tries against the gateway: each of these once got through, or cost the host. */
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";
import type { BodyJudge, Credential } from "./config.ts";
import { createCertificateAuthority } from "./tls/authority.ts";

const reader: BodyJudge = {
  covers: (method) => method === "POST",
  media: "json",
  judge: () => ({ ok: true }),
};

const door = "Host: 127.0.0.1:4180";

async function ask(gateway: TestGateway, request: string): Promise<string> {
  const client = gateway.open();
  client.send(request);
  return client.until(isAnswer);
}

const through = (
  upstream: RawUpstream,
  line: string,
  fields: readonly string[] = [],
  body = "",
): string => {
  const [method, path] = line.split(" ");
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  const head = [`Host: 127.0.0.1:${upstream.port}`, ...fields, ...length].join("\r\n");
  return `${method} http://127.0.0.1:${upstream.port}${path} HTTP/1.1\r\n${head}\r\n\r\n${body}`;
};

const bound = (
  upstream: RawUpstream,
  credentials: readonly Partial<Credential>[] = [{}],
  more: TestGatewayOptions = {},
): Promise<TestGateway> =>
  startGateway({
    ...more,
    config: { credentials: credentials.map((one) => credentialFor(upstream.port, one)) },
  });
const key = `x-api-key: ${testPlaceholder}`;

describe("an answer that hides the secret", () => {
  const echo = (fields: string, body: Buffer) =>
    startUpstream({
      answer: (socket, received) => {
        if (!received.includes("\r\n\r\n")) return;
        socket.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n`);
        socket.write(body);
      },
    });

  test.each([
    [
      "behind a second content-encoding",
      "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
    ],
    ["behind a list of codings", "Content-Encoding: identity, gzip\r\n"],
  ])("%s is not handed on", async (_name, fields) => {
    await using upstream = await echo(fields, Buffer.from("compressed"));
    await using gateway = await bound(upstream);
    const answer = await ask(gateway, through(upstream, "GET /v1/messages", [key]));
    expect([statusOf(answer), codeOf(answer)]).toEqual([502, "unreadable-answer"]);
  });

  test.each(["little", "big"])("in UTF-16, %s end first, is scrubbed", async (order) => {
    const text = Buffer.from(`it is ${testSecret}!`, "utf16le");
    await using upstream = await echo("", order === "big" ? text.swap16() : text);
    await using gateway = await bound(upstream);
    const answer = await ask(gateway, through(upstream, "GET /v1/messages", [key]));
    expect(statusOf(answer)).toBe(200);
    expect(answer.replaceAll("\0", "")).not.toContain(testSecret.slice(2, -2));
  });

  test("as the user and password that Basic carried is scrubbed", async () => {
    const secret = Buffer.from("owner:a-long-password").toString("base64");
    await using upstream = await echo("", Buffer.from('{"user":"owner","pass":"a-long-password"}'));
    await using gateway = await bound(upstream, [
      { secret, set: [{ name: "authorization", value: `Basic ${secret}` }] },
    ]);
    const answer = await ask(gateway, through(upstream, "GET /v1/messages", [key]));
    expect(answer).toContain('"user":"owner"');
    expect(answer).not.toContain("a-long-password");
  });

  test("is scrubbed of every credential of that host, whichever was used", async () => {
    const other = "other-secret-0123456789";
    await using upstream = await echo("", Buffer.from(`stored: ${other}, used: ${testSecret}`));
    await using gateway = await bound(upstream, [
      {},
      { name: "other", secret: other, placeholder: "other-placeholder-0123456789", set: [] },
    ]);
    const answer = await ask(gateway, through(upstream, "GET /v1/messages", [key]));
    expect(answer).toContain(`stored: ${"*".repeat(other.length)}, used: ***`);
  });
});

describe("a request that two programs read differently", () => {
  test.each([
    ["a second content-encoding", ["Content-Encoding: identity", "Content-Encoding: br"]],
    ["UTF-16 by its type", ["Content-Type: application/json; charset=utf-16"]],
    ["UTF-7 by its type", ["Content-Type: application/json;charset=utf-7"]],
    ["a form by its type", ["Content-Type: application/x-www-form-urlencoded"]],
    ["a form by its second type", ["Content-Type: application/json", "Content-Type: text/plain"]],
  ])("is not judged but refused: %s", async (_name, fields) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await bound(upstream, [{ judges: [reader] }]);
    const answer = await ask(
      gateway,
      through(upstream, "POST /v1/messages", [key, ...fields], "{}"),
    );
    expect([statusOf(answer), codeOf(answer)]).toEqual([403, "unreadable-body"]);
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each([
    ["GET /v1/messages", "X-HTTP-Method-Override: DELETE"],
    ["GET /v1/messages", "x_http_method: DELETE"],
    ["GET /v1/messages", "X-Original-URL: /v1/organizations"],
    ["GET /v1/messages?a=1&%5fmethod=DELETE", "Accept: */*"],
  ])("asks for another method or path than its line %s: %s", async (line, field) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await bound(upstream);
    const request = through(upstream, line, [key, field]);
    expect(codeOf(await ask(gateway, request))).toBe("request-not-allowed");
    const rule = allow("127.0.0.1", upstream.port, { methods: ["GET"] });
    await using plain = await startGateway({ config: { allow: [rule] } });
    expect(codeOf(await ask(plain, request))).toBe("request-not-allowed");
    await using free = await startGateway({
      config: { allow: [allow("127.0.0.1", upstream.port, { foreignCredentials: "allow" })] },
    });
    expect(statusOf(await ask(free, request))).toBe(200);
  });

  test("another spelling of an injected header does not reach the service", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await bound(upstream);
    const fields = [key, "X_Api_Key: attacker", "A-IM: gzip", "x_kept: yes"];
    await ask(gateway, through(upstream, "GET /v1/messages", fields));
    expect(upstream.received[0]).toContain("x_kept: yes");
    expect(upstream.received[0]).not.toMatch(/attacker|A-IM/);
  });

  test("the body of a TRACE is not taken for a request", async () => {
    await using gateway = await startGateway();
    const client = gateway.open();
    const inner = `HEAD / HTTP/1.1\r\n${door}\r\n\r\n`;
    client.send(`TRACE / HTTP/1.1\r\n${door}\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
    const answers = await client.ended;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 403"]);
  });
});

describe("memory", () => {
  test("a bottle that asks and never reads is not answered without end", async () => {
    await using gateway = await startGateway();
    const client = gateway.open();
    client.socket.pause();
    const requests = `GET /x HTTP/1.1\r\n${door}\r\n\r\n`.repeat(20_000);
    client.send(requests);
    // Whoever is served afterwards shows that everything the first could send was taken.
    for (let turn = 0; turn < 20; turn += 1)
      await ask(gateway, `HEAD / HTTP/1.1\r\n${door}\r\n\r\n`);
    expect(gateway.gateway.stats().refusals).toBeLessThan(10_000);
    let bytes = 0;
    client.socket.removeAllListeners("data");
    await new Promise<void>((resolve) => {
      client.socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (gateway.gateway.stats().refusals === 20_000) resolve();
      });
      client.socket.resume();
    });
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  test("bodies that a slow upstream does not take stay within the bound of all", async () => {
    await using upstream = await startUpstream({ answer: (socket) => socket.pause() });
    await using gateway = await bound(upstream, [{ judges: [reader] }], {
      limits: { heldTogether: 20 * 1024 * 1024 },
    });
    const body = "x".repeat(8 * 1024 * 1024);
    for (let turn = 0; turn < 2; turn += 1) {
      gateway.open().send(through(upstream, "POST /v1/messages", [key], body));
      await upstream.until(() => upstream.sockets.length === turn + 1);
    }
    const third = await ask(gateway, through(upstream, "POST /v1/messages", [key], body));
    expect(codeOf(third)).toBe("gateway-busy");
  });

  test("what was taken makes room for the next body", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        if (received.endsWith("xx")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
      },
    });
    await using gateway = await bound(upstream, [{ judges: [reader] }], {
      limits: { heldTogether: 9 * 1024 * 1024 },
    });
    const body = "x".repeat(8 * 1024 * 1024);
    for (let turn = 0; turn < 2; turn += 1) {
      const client = gateway.open();
      client.send(through(upstream, "POST /v1/messages", [key], body));
      // The answers never end: only their bodies were taken.
      expect(statusOf(await client.until((text) => text.includes("\r\n\r\n")))).toBe(200);
    }
  });
});

describe("time", () => {
  test("an answer to a request that came ahead may take as long as one to any other", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        const asked = received.split("GET ").length - 1;
        if (asked === 1) answerOk(socket, received);
        else setTimeout(() => answerOk(socket, received), 400);
      },
    });
    await using gateway = await startGateway({
      config: { allow: [allow("127.0.0.1", upstream.port)] },
      limits: { tickMs: 20, idleMs: 40, headMs: 40 },
    });
    const client = gateway.open();
    client.send(through(upstream, "GET /a") + through(upstream, "GET /b"));
    const answers = await client.until((text) => text.split("ok").length === 3);
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });
});

describe("a tunnel", () => {
  test("serves a client that kept its TLS session", async () => {
    const names = createCertificateAuthority({ names: ["localhost"], now: new Date() });
    await using upstream = await startUpstream({
      answer: answerOk,
      tls: (host) => names.contextFor(host),
    });
    await using gateway = await startGateway({
      config: {
        allow: [allow("localhost", upstream.port, { scheme: "https" })],
        extraCa: [names.caPem],
      },
    });
    const host = `localhost:${upstream.port}`;
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      let session: Buffer | undefined;
      for (let turn = 0; turn < 2; turn += 1) {
        const client = gateway.open();
        client.send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        await client.until((text) => text.endsWith("\r\n\r\n"));
        client.socket.removeAllListeners("data");
        const inner = connectTls({
          socket: client.socket,
          servername: "localhost",
          ca: gateway.caPem,
          maxVersion,
          session,
        });
        inner.on("session", (ticket: Buffer) => (session = ticket));
        inner.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        const [answer] = (await once(inner, "data")) as [Buffer];
        expect(statusOf(answer.toString("latin1")), `${maxVersion} ${turn}`).toBe(200);
        inner.destroy();
      }
    }
  });
});

test("the audit log holds no beginning of a placeholder that is cut", async () => {
  const placeholder = `claude-bottle-placeholder-${"p".repeat(40)}`;
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await bound(upstream, [{ placeholder }]);
  await ask(gateway, through(upstream, `GET /v1/messages?${placeholder}=1`));
  expect(gateway.audit.at(-1)?.path).toContain("withheld");
  expect(JSON.stringify(gateway.audit)).not.toContain("ppp");
});

test("the route door serves its own origin", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await bound(upstream);
  const from = (origin: string): string =>
    `GET /anthropic/v1/messages HTTP/1.1\r\n${door}\r\n${key}\r\nOrigin: ${origin}\r\n\r\n`;
  expect(statusOf(await ask(gateway, from("http://127.0.0.1:4180")))).toBe(200);
  for (const origin of ["https://127.0.0.1:4180", "http://127.0.0.1", "null"])
    expect(codeOf(await ask(gateway, from(origin))), origin).toBe("cross-site");
});

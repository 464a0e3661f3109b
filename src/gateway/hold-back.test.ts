import { describe, expect, test } from "vitest";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
} from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";
import type { GatewayConfig } from "./config.ts";

const canary = "canary-value-0123456789";
const blocking: Partial<GatewayConfig> = { blockedValues: [{ name: "canary", value: canary }] };
const megabyte = 1024 * 1024;

const post = (upstream: RawUpstream, fields: string): string =>
  `POST http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n${fields}\r\n\r\n`;
const answerBody =
  (length: number) => (socket: { write(text: string): void }, received: string) => {
    const end = received.indexOf("\r\n\r\n");
    if (end >= 0 && received.length >= end + 4 + length)
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  };

describe("a value that may not leave", () => {
  test.each([
    ["as it is", canary],
    ["in base64", Buffer.from(canary).toString("base64")],
    ["in hex", Buffer.from(canary).toString("hex")],
  ])("%s in a short body: nothing is looked up or dialled", async (_name, text) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { ...blocking, allow: [allow("localhost", upstream.port)] },
    });
    const body = `{"x":"${text}"}`;
    const client = bottle.open();
    client.send(post(upstream, `Content-Length: ${body.length}`) + body);
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
    expect(bottle.lookups).toEqual([]);
    expect(upstream.sockets).toHaveLength(0);
    expect(bottle.audit).toMatchObject([
      { event: "refused", code: "blocked-value", reason: "canary was in the body" },
    ]);
    expect(JSON.stringify(bottle.audit)).not.toContain(text);
  });

  test.each([
    [
      "the target",
      (port: number) =>
        `GET http://localhost:${port}/?q=${canary} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
    ],
    [
      "a field",
      (port: number) =>
        `GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: a=${canary}\r\n\r\n`,
    ],
    [
      "a field's name",
      (port: number) =>
        `GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\n${canary}: a\r\n\r\n`,
    ],
  ])("in %s", async (_name, request) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { ...blocking, allow: [allow("localhost", upstream.port)] },
    });
    const client = bottle.open();
    client.send(request(upstream.port));
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
    expect(bottle.lookups).toEqual([]);
    expect(JSON.stringify(bottle.audit)).not.toContain(canary);
  });

  test("in a name that a wildcard allows: it is not even looked up", async () => {
    await using bottle = await startGateway({
      config: { ...blocking, allow: [{ host: "*.example.org", ports: [443], scheme: "https" }] },
    });
    const client = bottle.open();
    client.send(
      `CONNECT ${canary}.example.org:443 HTTP/1.1\r\nHost: ${canary}.example.org:443\r\n\r\n`,
    );
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
    expect(bottle.lookups).toEqual([]);
    expect(JSON.stringify(bottle.audit)).not.toContain(canary);
  });

  test("split over tiny chunks of a chunked body is found before the dial", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { ...blocking, allow: [allow("localhost", upstream.port)] },
    });
    const client = bottle.open();
    client.send(
      `${post(upstream, "Transfer-Encoding: chunked")}${Array.from(canary, (char) => `1\r\n${char}\r\n`).join("")}0\r\n\r\n`,
    );
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each([
    ["with a length", `Content-Length: ${20 * megabyte}`, (data: string) => data],
    [
      "in chunks",
      "Transfer-Encoding: chunked",
      (data: string) => `${data.length.toString(16)}\r\n${data}\r\n`,
    ],
  ])(
    "in the tail of a long body %s cuts it unfinished, and no byte of the value goes out",
    async (_name, fields, frame) => {
      await using upstream = await startUpstream({ answer: () => undefined });
      await using bottle = await startGateway({
        config: { ...blocking, allow: [allow("localhost", upstream.port)] },
      });
      const client = bottle.open();
      client.send(post(upstream, fields));
      for (let sent = 0; sent < 10; sent += 1) client.send(frame("x".repeat(megabyte)));
      client.send(frame(canary.slice(0, 9)));
      client.send(frame(`${canary.slice(9)}yyy`));
      expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
      await upstream.until(() => upstream.sockets[0]?.destroyed === true);
      const sent = upstream.received[0] ?? "";
      expect(sent.length).toBeGreaterThan(8 * megabyte);
      expect(sent).not.toContain("cana");
      expect(sent.endsWith("0\r\n\r\n")).toBe(false);
    },
  );
});

describe("a held body", () => {
  test("goes out byte for byte, with its length where it came in chunks", async () => {
    await using upstream = await startUpstream({ answer: answerBody(9) });
    await using bottle = await startGateway({
      config: { ...blocking, allow: [allow("localhost", upstream.port)] },
    });
    const client = bottle.open();
    client.send(
      `${post(upstream, "Transfer-Encoding: chunked")}4\r\n{"a"\r\n5\r\n:"é"}\r\n0\r\n\r\n`.replace(
        "é",
        "\xe9",
      ),
    );
    client.send(Buffer.alloc(0));
    await client.until(isAnswer);
    expect(upstream.received[0]).toMatch(/\r\nContent-Length: 9\r\n\r\n\{"a":/);
    expect(upstream.received[0]).not.toMatch(/transfer-encoding/i);
  });

  test("that came empty in chunks goes out as empty", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { ...blocking, allow: [allow("localhost", upstream.port)] },
    });
    const client = bottle.open();
    client.send(`${post(upstream, "Transfer-Encoding: chunked")}0\r\n\r\n`);
    await client.until(isAnswer);
    expect(upstream.received[0]).toMatch(/\r\nContent-Length: 0\r\n\r\n$/);
  });
});

describe("a judged body", () => {
  const seen: string[] = [];
  const judged = (port: number) =>
    credentialFor(port, {
      judges: [
        {
          covers: (method) => method === "POST",
          media: "json",
          judge: ({ body, path }) => {
            seen.push(`${path} ${body.toString("latin1")}`);
            return body.includes("mcp_servers")
              ? { ok: false, code: "server-side-fetch", message: "No." }
              : { ok: true };
          },
        },
      ],
    });
  const ask = (fields: string): string =>
    `POST /anthropic/v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\n${fields}\r\n\r\n`;

  test("that the judge refuses never leaves, and the refusal carries the judge's code", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({ config: { credentials: [judged(upstream.port)] } });
    const client = bottle.open();
    client.send(`${ask("Content-Length: 18")}{"mcp_servers":[]}`);
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([403, "server-side-fetch"]);
    expect(text).toContain('"permission_error"');
    expect(seen.at(-1)).toBe('/v1/messages {"mcp_servers":[]}');
    expect(upstream.sockets).toHaveLength(0);
  });

  test("is judged whole, also where it comes in chunks and its end comes late", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({ config: { credentials: [judged(upstream.port)] } });
    const client = bottle.open();
    client.send(`${ask("Transfer-Encoding: chunked")}9\r\n{"mcp_ser\r\n`);
    client.send('9\r\nvers":[]}\r\n0\r\n\r\n');
    expect(codeOf(await client.until(isAnswer))).toBe("server-side-fetch");
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each([
    ["too long by its length", `Content-Length: ${9 * megabyte}`, "", "body-too-large-to-judge"],
    ["compressed", "Content-Encoding: gzip\r\nContent-Length: 2", "{}", "unreadable-body"],
  ])("that is %s is refused", async (_name, fields, body, code) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({ config: { credentials: [judged(upstream.port)] } });
    const client = bottle.open();
    client.send(ask(fields) + body);
    const text = await client.until((all) => all.includes("}}"));
    expect([statusOf(text), codeOf(text)]).toEqual([403, code]);
    expect(upstream.sockets).toHaveLength(0);
  });

  test("that becomes too long in chunks is refused", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({ config: { credentials: [judged(upstream.port)] } });
    const client = bottle.open();
    client.send(ask("Transfer-Encoding: chunked"));
    for (let sent = 0; sent < 9; sent += 1) client.send(`100000\r\n${"x".repeat(megabyte)}\r\n`);
    expect(codeOf(await client.until((all) => all.includes("}}")))).toBe("body-too-large-to-judge");
    expect(upstream.sockets).toHaveLength(0);
  });

  test("waits for room among the others no longer than it takes to say so", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await startGateway({
      config: { credentials: [judged(upstream.port)] },
      limits: { heldTogether: 40 * 1024 },
    });
    const first = bottle.open();
    first.send(ask("Content-Length: 30000") + "x".repeat(29_999));
    const second = bottle.open();
    second.send(ask("Content-Length: 30000") + "x".repeat(30_000));
    const text = await second.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([503, "gateway-busy"]);
    first.socket.destroy();
    const third = bottle.open();
    third.send(`${ask("Content-Length: 2")}{}`);
    await upstream.until(() => upstream.received[0]?.endsWith("{}") === true);
  });
});

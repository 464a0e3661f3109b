import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  testPlaceholder,
} from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";
import type { GatewayConfig } from "./config.ts";

const canary = "canary-value-0123456789";
// A token by its format; it belongs to nobody.
const token = ["glpat", "aB3dE5gH7jK9mN1pQ2rS"].join("-");
const blocking: Partial<GatewayConfig> = { blockedValues: [{ name: "canary", value: canary }] };

const post = (upstream: RawUpstream, fields: string): string =>
  `POST http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n${fields}\r\n\r\n`;

async function code(
  body: Buffer,
  fields: string,
  config: (port: number) => Partial<GatewayConfig>,
): Promise<{ code: string | undefined; bytes: number }> {
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      const end = received.indexOf("\r\n\r\n");
      if (end >= 0 && received.length >= end + 4 + body.length) answerOk(socket, "\r\n\r\n");
    },
  });
  await using bottle = await startGateway({ config: config(upstream.port) });
  const client = bottle.open();
  client.send(post(upstream, `Content-Length: ${body.length}\r\n${fields}`));
  client.send(body);
  const found = codeOf(await client.until(isAnswer));
  return { code: found, bytes: upstream.received.join("").length };
}

describe("a body that says how it is encoded", () => {
  const plain = (port: number): Partial<GatewayConfig> => ({
    ...blocking,
    allow: [allow("localhost", port)],
  });

  test.each(["zstd", "compress", "gzip, zstd", "gzip, gzip, gzip, gzip", "br, gzip"])(
    "as %s, which nobody here can read, does not go out",
    async (coding) => {
      expect(await code(Buffer.from("x"), `Content-Encoding: ${coding}`, plain)).toEqual({
        code: "unreadable-body",
        bytes: 0,
      });
    },
  );

  test("goes out all the same where the rule of the host says so", async () => {
    const any = (port: number): Partial<GatewayConfig> => ({
      ...blocking,
      allow: [allow("localhost", port, { encodings: "any" })],
    });
    expect((await code(Buffer.from("x"), "Content-Encoding: zstd", any)).code).toBeUndefined();
    expect((await code(Buffer.from(canary), "Content-Encoding: zstd", any)).code).toBe(
      "blocked-value",
    );
  });

  test("and is a bomb: nothing of it goes out", async () => {
    const bomb = gzipSync(Buffer.alloc(40 << 20), { level: 9 });
    expect(await code(bomb, "Content-Encoding: gzip", plain)).toEqual({
      code: "unreadable-body",
      bytes: 0,
    });
  });

  test("and is too long to be held is cut before the value can be unpacked", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using bottle = await startGateway({
      config: plain(upstream.port),
      limits: { held: 64 * 1024 },
    });
    const client = bottle.open();
    // Every number is another: it does not become small.
    const numbers = Array.from({ length: 60_000 }, (_, index) => (index * 7919) % 65_521).join(" ");
    const body = gzipSync(`${numbers} ${canary} ${numbers}`);
    client.send(post(upstream, `Content-Length: ${body.length}\r\nContent-Encoding: gzip`));
    client.send(body);
    expect(codeOf(await client.until(isAnswer))).toBe("blocked-value");
    await upstream.until(() => upstream.sockets[0]?.destroyed !== false);
    const sent = Buffer.from(upstream.received.join(""), "latin1").length;
    expect(sent).toBeLessThan(body.length);
  });
});

describe("a token of a service", () => {
  test("goes to no host, nor in any field", async () => {
    const plain = (port: number): Partial<GatewayConfig> => ({ allow: [allow("localhost", port)] });
    expect(await code(Buffer.from(`{"t":"${token}"}`), "X-A: 1", plain)).toEqual({
      code: "blocked-pattern",
      bytes: 0,
    });
    expect(await code(Buffer.from("{}"), `X-A: ${token}`, plain)).toEqual({
      code: "blocked-pattern",
      bytes: 0,
    });
  });

  test("goes where the rule of the host says so; a value that is held does not", async () => {
    const off = (port: number): Partial<GatewayConfig> => ({
      ...blocking,
      allow: [allow("localhost", port, { patterns: "off" })],
    });
    expect((await code(Buffer.from(token), "X-A: 1", off)).code).toBeUndefined();
    expect((await code(Buffer.from(canary), "X-A: 1", off)).code).toBe("blocked-value");
  });

  test("goes in the head where the agent may bring credentials of its own, and in no body", async () => {
    const own = (port: number): Partial<GatewayConfig> => ({
      allow: [allow("localhost", port, { foreignCredentials: "allow" })],
    });
    const bearer = `Authorization: Bearer ${token}`;
    expect((await code(Buffer.from("{}"), bearer, own)).code).toBeUndefined();
    expect((await code(Buffer.from(token), bearer, own)).code).toBe("blocked-pattern");
  });

  test("goes to the agent's own model, and another credential's secret does not", async () => {
    const other = credentialFor(1, {
      name: "other",
      secret: "another-secret-0123456789",
      placeholder: "another-placeholder-0123",
    });
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        if (received.endsWith("end")) answerOk(socket, "\r\n\r\n");
      },
    });
    const model = credentialFor(upstream.port, { readsConversation: true });
    await using bottle = await startGateway({ config: { credentials: [model, other] } });
    const ask = async (body: string): Promise<string | undefined> => {
      const client = bottle.open();
      client.send(
        `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return codeOf(await client.until(isAnswer));
    };
    expect(await ask(`${token} end`)).toBeUndefined();
    expect(await ask("another-secret-0123456789 end")).toBe("blocked-value");
  });
});

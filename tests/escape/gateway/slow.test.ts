/** Class 20: who sends a little of something, and then nothing, is not waited for. */
import { expect, test } from "vitest";
import { absolute, ask, connectTo } from "../../support/attack.ts";
import { allow, codeOf, startGateway, statusOf } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";
import type { RawUpstream } from "../../support/upstream.ts";

const limits = { tickMs: 20, headMs: 100, idleMs: 100 };

const start = (upstream: RawUpstream): Promise<TestGateway> =>
  startGateway({
    limits,
    config: {
      allow: [allow("127.0.0.1", upstream.port), allow("localhost", 443, { scheme: "https" })],
    },
  });

test.each([
  ["nothing", ""],
  ["half a method", "GE"],
  ["half a head", "GET / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-A: "],
  ["a head without its last line feed", "GET / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r"],
])("%s", async (_name, bytes) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream);
  const client = gateway.open();
  client.send(bytes);
  expect(await client.ended).toMatch(bytes === "" ? /^$/ : /^HTTP\/1\.1 408 /);
  expect(statusOf(await ask(gateway, absolute(upstream, "GET /")))).toBe(200);
});

test("a head to which a byte is added now and then is not waited for longer than one that stands still", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream);
  const client = gateway.open();
  client.send("GET / HTTP/1.1\r\nX-A: ");
  const drip = setInterval(() => client.send("a"), 30);
  expect(await client.ended).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(drip);
});

test.each([
  ["of a length", "Content-Length: 10", "hello"],
  ["in chunks", "Transfer-Encoding: chunked", "5\r\nhello\r\n"],
  ["in a chunk", "Transfer-Encoding: chunked", "5\r\nhe"],
  ["in a trailer", "Transfer-Encoding: chunked", "0\r\nX-A: "],
])("half a body %s, and the upstream is let go", async (_name, field, part) => {
  await using upstream = await startUpstream({ answer: () => undefined });
  await using gateway = await start(upstream);
  const client = gateway.open();
  client.send(absolute(upstream, "POST /", [field]) + part);
  await client.ended;
  await upstream.until(() => upstream.sockets.every(({ destroyed }) => destroyed));
});

test.each([
  ["no greeting", ""],
  ["a byte of a greeting", "16"],
  ["half a greeting", "160301020001000200"],
])("a tunnel with %s", async (_name, hex) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream);
  const { client, answer } = await connectTo(gateway, "localhost:443");
  expect(statusOf(answer)).toBe(200);
  if (hex !== "") client.send(Buffer.from(hex, "hex"));
  await client.ended;
  expect(codeOf(answer)).toBeUndefined();
});

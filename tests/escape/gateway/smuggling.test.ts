/** Class 8: bytes that two programs would cut into requests differently. None of them reaches an upstream as a request. */
import { expect, test } from "vitest";
import { connectTo } from "../../support/attack.ts";
import { allow, codeOf, isAnswer, startGateway, statusOf } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";
import type { RawUpstream } from "../../support/upstream.ts";

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n";

function start(upstream: RawUpstream): Promise<TestGateway> {
  return startGateway({ config: { allow: [allow("127.0.0.1", upstream.port)] } });
}

const post = (upstream: RawUpstream, fields: readonly string[]): string => {
  const host = `127.0.0.1:${upstream.port}`;
  return [`POST http://${host}/a HTTP/1.1`, `Host: ${host}`, ...fields, "", ""].join("\r\n");
};

const length = `Content-Length: ${smuggled.length + 5}`;
const none = "Content-Length: 0";
const chunked = "Transfer-Encoding: chunked";

test.each([
  ["a length and chunks", [length, chunked]],
  ["chunks and a length", [chunked, length]],
  ["chunks and no length", [none, chunked]],
  ["two lengths", [none, length]],
  ["two equal lengths", [length, length]],
  ["a list of lengths", [`Content-Length: 0, ${smuggled.length}`]],
  ["a length with a sign", ["Content-Length: +0"]],
  ["a length in hex", ["Content-Length: 0x0"]],
  ["a length in octal with a letter", ["Content-Length: 0o7"]],
  ["an empty length", ["Content-Length: "]],
  ["a length with an underscore", ["Content-Length: 1_0"]],
  ["a length beyond 2^53", ["Content-Length: 18446744073709551616"]],
  ["a length in other digits", ["Content-Length: \xb2"]],
  ["chunks twice", [chunked, chunked]],
  ["chunks, then identity", ["Transfer-Encoding: chunked, identity"]],
  ["identity, then chunks", ["Transfer-Encoding: identity, chunked"]],
  ["chunks of an odd case", ["Transfer-Encoding: Chunked"]],
  ["chunks with a vertical tab", ["Transfer-Encoding: \x0bchunked"]],
  ["chunks with a parameter", ["Transfer-Encoding: chunked;q=1"]],
  ["chunks in quotes", ['Transfer-Encoding: "chunked"']],
  ["chunks with a trailing comma", ["Transfer-Encoding: chunked,"]],
  [
    "chunks by another spelling of the name",
    ["Transfer_Encoding: chunked", "Transfer-Encoding : chunked"],
  ],
  ["chunks in a folded line", ["Transfer-Encoding:", " chunked"]],
  ["chunks in a folded line of another field", ["X-A: b", "\tTransfer-Encoding: chunked"]],
  ["a line that ends with LF alone", [`X-A: b\n${chunked}`]],
  ["a line that ends with CR alone", [`X-A: b\r${chunked}`]],
  ["a zero byte in a name", ["Content-\0Length: 0"]],
  ["a zero byte in a value", ["X-A: \0"]],
  ["a space before the colon", ["Content-Length : 0"]],
  ["a field that begins with a space", [" Content-Length: 0"]],
  ["a field without a colon", ["Content-Length"]],
  ["connection that names the length", ["Connection: content-length", length]],
  ["connection that names chunks", ["Connection: transfer-encoding", chunked]],
])("%s: refused, the connection ends, and nothing behind it is served", async (_name, fields) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream);
  const client = gateway.open();
  client.send(`${post(upstream, fields)}0\r\n\r\n${smuggled}`);
  const answers = await client.ended;
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1);
  expect(statusOf(answers)).toBe(400);
  expect(codeOf(answers)).toBe("malformed-request");
  expect(upstream.sockets).toHaveLength(0);
});

test.each([
  ["a size with a sign", "+5\r\nhello\r\n"],
  ["a size with a prefix", "0x5\r\nhello\r\n"],
  ["a size with a space behind it", "5 \r\nhello\r\n"],
  ["a size with a space before it", " 5\r\nhello\r\n"],
  ["a size of nine digits", "000000005\r\nhello\r\n"],
  ["no size", "\r\nhello\r\n"],
  ["a size beyond the data", "6\r\nhello\r\n"],
  ["a size short of the data", "4\r\nhello\r\n"],
  ["a size that wraps at 2^32", "100000005\r\nhello\r\n"],
  ["an extension", "5;a=b\r\nhello\r\n"],
  ["an extension with a line feed", "5;a\nb\r\nhello\r\n"],
  ["an extension in quotes", '5;a="\r\n"\r\nhello\r\n'],
  ["a size line that ends with LF", "5\nhello\r\n"],
  ["a size line that ends with CR", "5\rhello\r\n"],
  ["data that ends with LF", "5\r\nhello\n"],
  ["a trailer with a bare LF", "5\r\nhello\r\n0\r\nX-A: b\n\r\n"],
  ["a trailer with a fold", "5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n"],
  ["a trailer that has no name", "5\r\nhello\r\n0\r\n: b\r\n\r\n"],
])("chunks with %s are cut off: the upstream sees no end of them", async (_name, body) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream);
  const client = gateway.open();
  client.send(`${post(upstream, [chunked])}${body}0\r\n\r\n${smuggled}`);
  const answers = await client.ended;
  expect(answers).not.toContain("200");
  const [socket] = upstream.sockets;
  if (socket !== undefined) await upstream.until(() => socket.destroyed || socket.readableEnded);
  expect(upstream.received.join("")).not.toMatch(/0\r\n\r\n$|smuggled/);
});

test("a trailer cannot say what a head should have said", async () => {
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      if (received.includes("hello")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    },
  });
  await using gateway = await start(upstream);
  const client = gateway.open();
  client.send(
    `${post(upstream, [chunked])}5\r\nhello\r\n0\r\nHost: evil\r\nContent-Length: 9\r\nAuthorization: Bearer a\r\nX-Api-Key: foreign\r\n\r\n`,
  );
  await client.until(isAnswer).catch(() => undefined);
  expect(upstream.received.join("").toLowerCase()).not.toMatch(
    /evil|content-length: 9|authorization|foreign/,
  );
});

test("two requests at once are two requests, each judged by itself", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await start(upstream);
  const client = gateway.open();
  const host = `127.0.0.1:${upstream.port}`;
  client.send(
    `GET http://${host}/a HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}GET http://${host}/b HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  );
  const answers = await client.until((text) => text.split("\r\n\r\nok").length === 3);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual([
    "HTTP/1.1 200",
    "HTTP/1.1 403",
    "HTTP/1.1 200",
  ]);
  expect(upstream.received.join("").match(/GET \S+/g)).toEqual(["GET /a", "GET /b"]);
});

test("what comes behind a CONNECT is the tunnel's, never a request of the door", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: {
      allow: [allow("localhost", 443, { scheme: "https" }), allow("127.0.0.1", upstream.port)],
    },
  });
  const host = `127.0.0.1:${upstream.port}`;
  const request = `GET http://${host}/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const together = gateway.open();
  together.send(`CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n${request}`);
  expect((await together.ended).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
  const { client } = await connectTo(gateway, "localhost:443");
  client.send(request);
  expect((await client.ended).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
  expect(upstream.sockets).toHaveLength(0);
});

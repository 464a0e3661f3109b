/** Class 20, from the other side: what a hostile upstream may make the gateway hold, and for how long. */
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { absolute, ask } from "../../support/attack.ts";
import { allow, isAnswer, startGateway, statusOf } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";

/** Writes as long as it is read, and notes how much was. */
function pour(socket: Socket, part: string, count: { bytes: number }): void {
  const more = (): void => {
    while (!socket.destroyed) {
      count.bytes += part.length;
      if (!socket.write(part)) return void socket.once("drain", more);
    }
  };
  more();
}

test.each([
  ["a head without end", "HTTP/1.1 200 OK\r\n", "X-A: b\r\n", 502],
  ["a field without end", "HTTP/1.1 200 OK\r\nX-A: ", "b".repeat(1000), 502],
  ["interim answers without end", "", "HTTP/1.1 103 Early Hints\r\n\r\n", 502],
  ["a status line without end", "HTTP/1.1 200 ", "x".repeat(1000), 502],
])("%s is ended", async (_name, first, part, status) => {
  const count = { bytes: 0 };
  await using upstream = await startUpstream({
    answer: (socket) => {
      socket.write(first);
      pour(socket, part, count);
    },
  });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  const client = gateway.open();
  client.send(absolute(upstream, "GET /"));
  const answer = await client.until((text) => isAnswer(text.slice(text.lastIndexOf("HTTP/1.1"))));
  expect(statusOf(answer.slice(answer.lastIndexOf("HTTP/1.1")))).toBe(status);
  await upstream.until(() => upstream.sockets.every(({ destroyed }) => destroyed));
  expect(count.bytes).toBeLessThan(8 * 1024 * 1024);
});

test("a trailer without end cuts the answer", async () => {
  const count = { bytes: 0 };
  await using upstream = await startUpstream({
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
      pour(socket, "X-A: b\r\n", count);
    },
  });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  const client = gateway.open();
  client.send(absolute(upstream, "GET /"));
  const answer = await client.ended;
  expect(statusOf(answer)).toBe(200);
  expect(answer).not.toMatch(/0\r\n\r\n$/);
});

test("an answer without end waits for who reads it, and ends with them", async () => {
  const count = { bytes: 0 };
  await using upstream = await startUpstream({
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      pour(socket, "x".repeat(64 * 1024), count);
    },
  });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  const client = gateway.open();
  client.socket.pause();
  client.send(absolute(upstream, "GET /"));
  let before = -1;
  while (before !== count.bytes || count.bytes === 0) {
    before = count.bytes;
    await ask(gateway, "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(count.bytes).toBeLessThan(32 * 1024 * 1024);
  client.socket.destroy();
  await upstream.until(() => upstream.sockets.every(({ destroyed }) => destroyed));
});

test("an upstream that never answers holds up nobody else", async () => {
  await using silent = await startUpstream({ answer: () => undefined });
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", silent.port), allow("127.0.0.1", upstream.port)] },
  });
  for (let turn = 0; turn < 300; turn += 1) gateway.open().send(absolute(silent, "GET /"));
  await silent.until(() => silent.sockets.length === 300);
  expect(statusOf(await ask(gateway, absolute(upstream, "GET /")))).toBe(200);
});

test("an upstream that speaks before it is asked, or after it has answered, is not listened to", async () => {
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      answerOk(socket, received);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    },
  });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await ask(gateway, absolute(upstream, "GET /"));
    expect(answer).toMatch(/\r\n\r\nok$/);
  }
});

/** Trailers of HTTP/1.1, and what is offered as a coding. */
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
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import { readableCodings } from "./inject.ts";

const canary = "canary-0123456789abcdef";

const chunkedPost = (host: string, trailers: string, fields = "", body = "4\r\nbody\r\n"): string =>
  `POST http://${host}/v1/messages HTTP/1.1\r\nHost: ${host}\r\n${fields}Transfer-Encoding: chunked\r\n\r\n${body}0\r\n${trailers}\r\n`;

const once = (head: string) => (socket: { write(text: string): void }, received: string) => {
  if (received.endsWith("\r\n\r\n")) socket.write(head);
};

describe("trailers", () => {
  test("of a request go on, but for those that mean something only in a head", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await startGateway({
      config: { allow: [allow("localhost", upstream.port)] },
    });
    const client = gateway.open();
    const forbidden = [
      "Content-Length: 9",
      "Transfer-Encoding: chunked",
      "Host: evil.example",
      "Authorization: Bearer x",
      "Cookie: a=b",
      "Content-Encoding: gzip",
      "If-Match: x",
      "X-Claude-Bottle: x",
      "Connection: close",
      "Trailer: x",
    ];
    client.send(
      chunkedPost(
        `localhost:${upstream.port}`,
        `X-Sum: 42\r\n${forbidden.join("\r\n")}\r\nx-b: c\r\n`,
      ),
    );
    await client.until(isAnswer);
    expect(upstream.received[0]).toMatch(
      /Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\nx-b: c\r\n\r\n$/,
    );
  });

  test("of a request with a credential are not where a header of it could come back", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const client = gateway.open();
    client.send(
      chunkedPost(
        `127.0.0.1:${upstream.port}`,
        "X-Api-Key: mine\r\nx_api_key: mine\r\nX-Sum: 1\r\n",
        `X-Api-Key: ${testPlaceholder}\r\n`,
      ),
    );
    await client.until(isAnswer);
    expect(upstream.received[0]).toMatch(/0\r\nX-Sum: 1\r\n\r\n$/);
    expect(upstream.received[0]).not.toContain("mine");
  });

  test("with a value that may not leave are refused before anything is sent", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await startGateway({
      config: {
        allow: [allow("localhost", upstream.port)],
        blockedValues: [{ name: "CANARY", value: canary }],
      },
    });
    const client = gateway.open();
    client.send(chunkedPost(`localhost:${upstream.port}`, `X-Sum: ${btoa(canary)}\r\n`));
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([403, "blocked-value"]);
    expect(upstream.sockets).toEqual([]);
  });

  test("of an answer go on without secrets", async () => {
    await using upstream = await startUpstream({
      answer: once(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-After\r\n\r\n2\r\nok\r\n0\r\nX-After: ${testSecret}\r\nSet-Cookie: a=b\r\nX-More: 1\r\n\r\n`,
      ),
    });
    await using gateway = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const client = gateway.open();
    client.send(
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`,
    );
    const text = await client.until((all) => all.includes("X-More"));
    expect(text).toContain(
      `\r\n0\r\nX-After: ${"*".repeat(testSecret.length)}\r\nX-More: 1\r\n\r\n`,
    );
    expect(text).toContain("Trailer: X-After\r\n");
  });

  test("are announced on the next hop where they were on this one", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using gateway = await startGateway({
      config: { allow: [allow("localhost", upstream.port)] },
    });
    const client = gateway.open();
    const host = `localhost:${upstream.port}`;
    client.send(
      `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nTE: trailers, gzip\r\nConnection: TE\r\n\r\n`,
    );
    await client.until(isAnswer);
    expect(upstream.received[0]).toContain("\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
    expect(upstream.received[0]).not.toContain("gzip");
  });
});

test.each([
  ["gzip, deflate, br, zstd", "gzip, deflate, br"],
  ["gzip, br", "gzip, br"],
  ["zstd", "identity"],
  ["*", "identity"],
  ["ZSTD;q=1, GZIP;q=0.5,identity;q=0", "GZIP;q=0.5, identity;q=0"],
  ["gzipx, br-11", "identity"],
])("of the codings %s an upstream is offered %s", (offered, readable) => {
  expect(readableCodings(offered)).toBe(readable);
});

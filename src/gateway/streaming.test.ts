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
import type { RawClient, TestGateway, TestGatewayOptions } from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";

const get = (upstream: RawUpstream, path = "/"): string =>
  `GET http://localhost:${upstream.port}${path} HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`;
const post = (upstream: RawUpstream, fields: string): string =>
  `POST http://localhost:${upstream.port}/ HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n${fields}\r\n\r\n`;

const open = (
  upstream: RawUpstream,
  more: TestGatewayOptions["config"] = {},
  rest: TestGatewayOptions = {},
): Promise<TestGateway> =>
  startGateway({ ...rest, config: { allow: [allow("localhost", upstream.port)], ...more } });

/** Counts what comes instead of keeping it. */
function counting(client: RawClient): {
  readonly bytes: () => number;
  until(bytes: number): Promise<void>;
} {
  let bytes = 0;
  client.socket.removeAllListeners("data");
  const watchers = new Set<() => void>();
  client.socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    for (const watcher of watchers) watcher();
  });
  return {
    bytes: () => bytes,
    until: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (bytes >= wanted) resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

describe("an answer", () => {
  test("reaches the bottle event by event: none waits for the next", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 0\n\r\n",
        ),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    for (let event = 0; event < 5; event += 1) {
      // The next event is sent only after this one has come.
      await client.until((text) => text.endsWith(`data: ${event}\n\r\n`));
      upstream.sockets[0]?.write(`8\r\ndata: ${event + 1}\n\r\n`);
    }
    upstream.sockets[0]?.write("0\r\n\r\n");
    const text = await client.until((all) => all.endsWith("0\r\n\r\n"));
    expect(text.match(/data: \d/g)).toHaveLength(6);
  });

  test("of a request with a credential comes event by event as well, without the secret that is split over them", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`),
    });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const client = bottle.open();
    client.send(
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`,
    );
    await client.until((text) => text.endsWith("first\r\n"));
    for (const part of [testSecret.slice(0, 10), testSecret.slice(10), "rest"])
      upstream.sockets[0]?.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    upstream.sockets[0]?.write("0\r\n\r\n");
    const text = await client.until((all) => all.endsWith("0\r\n\r\n"));
    expect(text.replaceAll(/\r\n[0-9a-f]+\r\n/g, "")).toContain(
      `${"*".repeat(testSecret.length)}rest`,
    );
  });

  test("of 200 MB passes without growing the gateway, at the pace of who reads it", async () => {
    const size = 200 * 1024 * 1024;
    const block = Buffer.alloc(64 * 1024, 0x78);
    let left = size;
    await using upstream = await startUpstream({
      answer: (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
        const more = (): void => {
          while (left > 0) {
            left -= block.length;
            if (!socket.write(block)) return void socket.once("drain", more);
          }
        };
        more();
      },
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    const count = counting(client);
    client.send(get(upstream));
    await count.until(1);
    client.socket.pause();
    const before = process.memoryUsage().rss;
    // Until nobody in between takes any more: two looks at the same figure with the loop turning in between.
    for (let last = -1; last !== left;) {
      last = left;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(left).toBeGreaterThan(size / 2);
    client.socket.resume();
    await count.until(size);
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024);
  });

  test.each([
    ["with a length", "Content-Length: 10\r\n\r\nhalf"],
    ["in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
    ["within a chunk", "Transfer-Encoding: chunked\r\n\r\n8\r\nhalf"],
  ])("%s that is cut reaches the bottle as a cut", async (_name, rest) => {
    await using upstream = await startUpstream({
      answer: (socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    const text = await client.ended;
    expect(text).toContain("half");
    expect(isAnswer(text)).toBe(false);
    expect(bottle.audit.at(-1)).toMatchObject({ event: "error", code: "answer-cut" });
  });

  test("that ends with its connection goes on in chunks", async () => {
    await using upstream = await startUpstream({
      answer: (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nall of it"),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    const text = await client.until(isAnswer);
    expect(text).toContain("Transfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n");
  });

  test.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "Content-Length: 99"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", "204 No Content"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: x\r\n\r\n", "ETag: x"],
  ])(
    "to %s without a body leaves the connection ready for the next: %j",
    async (method, answer, part) => {
      let count = 0;
      await using upstream = await startUpstream({
        answer: (socket) =>
          socket.write(
            (count += 1) === 1 ? answer : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext",
          ),
      });
      await using bottle = await open(upstream);
      const client = bottle.open();
      client.send(get(upstream).replace("GET", method));
      await client.until((text) => text.includes(part) && text.endsWith("\r\n\r\n"));
      client.send(get(upstream));
      expect(await client.until((text) => text.endsWith("next"))).toContain(part);
      expect(upstream.sockets).toHaveLength(1);
    },
  );

  test("may be preceded by interim ones", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write(
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    const text = await client.until((all) => all.endsWith("ok"));
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(["HTTP/1.1 103", "HTTP/1.1 200"]);
  });

  test.each([
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
    ["a folded field", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"],
    [
      "an unasked switch of protocols",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    ],
    ["interim answers without end", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100)],
    ["HTTP/2", "\0\0\x12\x04\0\0\0\0\0\r\n\r\n"],
    ["a head without end", `HTTP/1.1 200 OK\r\n${`X: ${"y".repeat(1000)}\r\n`.repeat(70)}`],
    ["nothing at all", ""],
  ])("with %s is not passed on: 502", async (_name, answer) => {
    await using upstream = await startUpstream({ answer: (socket) => socket.end(answer) });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    const text = await client.until((all) => all.includes("x-claude-bottle"));
    expect([statusOf(text.slice(text.lastIndexOf("HTTP/1.1")))]).toEqual([502]);
    expect(codeOf(text)).toBe("upstream-unreachable");
  });

  test("with surplus bytes is never followed by them: the next request gets a connection of its own", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        ),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream) + get(upstream));
    const text = await client.until((all) => all.split("\r\n\r\nok").length === 3);
    expect(text).not.toContain("evil");
    expect(upstream.sockets).toHaveLength(2);
  });

  test("cannot pretend to be a refusal of the gateway", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write(
          "HTTP/1.1 403 Forbidden\r\nX-Claude-Bottle: host-not-allowed\r\nContent-Length: 0\r\n\r\n",
        ),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    expect(await client.until(isAnswer)).not.toMatch(/x-claude-bottle/i);
  });

  test("that is compressed although it was not asked for is not given to a bottle whose secret it may hold", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz"),
    });
    await using bottle = await startGateway({
      config: { credentials: [credentialFor(upstream.port)] },
    });
    const client = bottle.open();
    client.send(
      `GET /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\n\r\n`,
    );
    const text = await client.until(isAnswer);
    expect([statusOf(text), codeOf(text)]).toEqual([502, "unreadable-answer"]);
  });
});

describe("a request", () => {
  test("is answered in the order it came, also when many are sent at once", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        const path =
          /^GET (\S+)[^]*$/.exec(received.slice(received.lastIndexOf("GET ")))?.[1] ?? "";
        if (received.endsWith("\r\n\r\n"))
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
      },
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    const paths = Array.from({ length: 50 }, (_none, index) => `/n${index}-`);
    client.send(paths.map((path) => get(upstream, path)).join(""));
    const text = await client.until((all) => all.includes("/n49-"));
    expect(text.match(/\/n\d+-/g)).toEqual(paths);
  });

  test("is read the same wherever its bytes are cut", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received) => {
        if (received.endsWith("hello") || received.endsWith("0\r\n\r\n"))
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      },
    });
    await using bottle = await open(upstream);
    const request =
      post(upstream, "Transfer-Encoding: chunked") + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    for (let cut = 1; cut < request.length; cut += 7) {
      const client = bottle.open();
      client.send(request.slice(0, cut));
      await new Promise(setImmediate);
      client.send(request.slice(cut));
      expect(statusOf(await client.until(isAnswer))).toBe(200);
    }
    const heads = upstream.received.join("").split("POST ").slice(1);
    expect(new Set(heads).size).toBe(1);
  });

  test("of 200 MB passes behind the scan's window without growing the gateway", async () => {
    const size = 200 * 1024 * 1024;
    const block = Buffer.alloc(64 * 1024, 0x78);
    let arrived = 0;
    let gone = (): void => undefined;
    await using upstream = await startUpstream({ answer: () => undefined });
    await using bottle = await open(upstream, {
      blockedValues: [{ name: "canary", value: "canary-value-0123456789" }],
    });
    const client = bottle.open();
    client.send(post(upstream, `Content-Length: ${size}`));
    await upstream.until(() => upstream.sockets.length === 1);
    const server = upstream.sockets[0];
    server?.removeAllListeners("data");
    const done = new Promise<void>((resolve) => {
      gone = resolve;
    });
    server?.on("data", (chunk: Buffer) => {
      arrived += chunk.length;
      if (arrived >= size) gone();
    });
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < size; sent += block.length)
      if (!client.socket.write(block))
        await new Promise((resolve) => client.socket.once("drain", resolve));
    await done;
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024);
    server?.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(statusOf(await client.until(isAnswer))).toBe(200);
  });

  test("that is not read by its upstream stops its sender instead of filling the gateway", async () => {
    const size = 64 * 1024 * 1024;
    await using upstream = await startUpstream({ answer: (socket) => socket.pause() });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(post(upstream, `Content-Length: ${size}`));
    const block = Buffer.alloc(64 * 1024);
    let sent = 0;
    let full = false;
    while (!full && sent < size) {
      sent += block.length;
      if (client.socket.write(block)) continue;
      full = await Promise.race([
        new Promise<boolean>((resolve) => client.socket.once("drain", () => resolve(false))),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 500)),
      ]);
    }
    expect(sent).toBeLessThan(size / 2);
  });

  test("whose sender vanishes is ended at the upstream too", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    await upstream.until(() => (upstream.received[0] ?? "").endsWith("\r\n\r\n"));
    client.socket.destroy();
    await upstream.until(() => upstream.sockets[0]?.destroyed === true);
    expect(bottle.audit.at(-1)).toMatchObject({ event: "error", code: "client-gone" });
    expect(bottle.gateway.stats().active).toBe(0);
  });

  test("whose sender vanishes in the middle of an answer is ended at the upstream too", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream));
    await client.until((text) => text.endsWith("a\r\n"));
    client.socket.destroy();
    await upstream.until(() => upstream.sockets[0]?.destroyed === true);
  });

  test("that waits for 100 Continue is told to go on, and its upstream sees nothing of that", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received) =>
        void (
          received.endsWith("abc") && socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        ),
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(post(upstream, "Content-Length: 3\r\nExpect: 100-continue"));
    await client.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    await client.until((text) => text.endsWith("ok"));
    expect(upstream.received[0]).not.toMatch(/expect/i);
  });

  test("that waits for 100 Continue and is refused need not send its body", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream, { allow: [] });
    const client = bottle.open();
    client.send(post(upstream, "Content-Length: 3\r\nExpect: 100-continue"));
    const text = await client.ended;
    expect(codeOf(text)).toBe("host-not-allowed");
    expect(text).not.toContain("100 Continue");
  });

  test("that is refused is read to its end, so that the next on the connection is understood", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(
      `POST http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 41\r\n\r\nGET http://smuggled/ HTTP/1.1\r\n`,
    );
    client.send(`0123456789${get(upstream)}`);
    const text = await client.until((all) => all.endsWith("\r\n\r\nok"));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 403", "HTTP/1.1 200"]);
  });

  test("that is malformed ends its connection, and nothing behind it is served", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${get(upstream)}`);
    const text = await client.ended;
    expect([statusOf(text), codeOf(text)]).toEqual([400, "malformed-request"]);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(upstream.sockets).toHaveLength(0);
  });

  test("whose body turns out malformed is cut at the upstream, not ended", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    // Where nothing is looked for, nothing is held.
    const rule = allow("localhost", upstream.port, { patterns: "off" });
    await using bottle = await open(upstream, { allow: [rule] });
    const client = bottle.open();
    client.send(`${post(upstream, "Transfer-Encoding: chunked")}3\r\nabc\r\n`);
    await upstream.until(() => (upstream.received[0] ?? "").endsWith("3\r\nabc\r\n"));
    client.send("zz\r\n");
    expect(codeOf(await client.ended)).toBe("malformed-request");
    await upstream.until(() => upstream.sockets[0]?.destroyed === true);
    expect(upstream.received[0]).not.toContain("0\r\n\r\n");
  });

  test("loses hop-by-hop fields and those that connection names, and keeps all others as they were", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(
      get(upstream).replace(
        "\r\n\r\n",
        "\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nTrailer: X\r\nX-oDD: a  b\r\nx-odd: c\xe9\r\n\r\n",
      ),
    );
    await client.until(isAnswer);
    expect(upstream.received[0]).toBe(
      `GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nTrailer: X\r\nX-oDD: a  b\r\nx-odd: cé\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
    );
  });

  test("may end its connection", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    expect(await client.ended).toMatch(/Connection: close\r\n\r\nok$/);
  });

  test("is asked once more, if it changes nothing, when a kept connection turns out to be gone", async () => {
    await using upstream = await startUpstream({
      answer: (socket, received, connection) => {
        if (connection === 0 && received.split("\r\n\r\n").length === 3) socket.destroy();
        else answerOk(socket, received);
      },
    });
    await using bottle = await open(upstream);
    const client = bottle.open();
    client.send(get(upstream) + get(upstream));
    const text = await client.until((all) => all.split("\r\n\r\nok").length === 3);
    expect(text).not.toContain("502");
    expect(upstream.sockets).toHaveLength(2);
  });
});

describe("waiting is bounded:", () => {
  test("a head that does not end is answered with 408", async () => {
    await using bottle = await startGateway({ limits: { headMs: 20, tickMs: 10 } });
    const client = bottle.open();
    client.send("GET / HTTP/1.1\r\nHost: ");
    expect(statusOf(await client.ended)).toBe(408);
  });

  test("a connection that says nothing is ended", async () => {
    await using bottle = await startGateway({ limits: { headMs: 20, tickMs: 10 } });
    expect(await bottle.open().ended).toBe("");
  });

  test("an answer is waited for, however long it takes", async () => {
    await using upstream = await startUpstream({
      answer: (socket) =>
        void setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 300),
    });
    await using bottle = await open(
      upstream,
      {},
      { limits: { headMs: 20, idleMs: 20, tickMs: 10 } },
    );
    const client = bottle.open();
    client.send(get(upstream));
    expect(statusOf(await client.until(isAnswer))).toBe(200);
  });

  test("an upstream connection that nobody uses is closed", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream, {}, { limits: { upstreamIdleMs: 20, tickMs: 10 } });
    const client = bottle.open();
    client.send(get(upstream));
    await client.until(isAnswer);
    await upstream.until(() => upstream.sockets[0]?.destroyed === true);
    expect(client.socket.destroyed).toBe(false);
  });

  test("connections beyond the limit are not served, unless one of the others only waits", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using bottle = await open(upstream, {}, { limits: { connections: 2 } });
    const waits = bottle.open();
    waits.send("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r\n");
    await waits.until(isAnswer);
    for (let count = 1; count <= 2; count += 1) {
      bottle.open().send(get(upstream));
      await upstream.until(() => upstream.sockets.length === count);
    }
    await waits.ended;
    expect(await bottle.open().ended).toBe("");
  });
});

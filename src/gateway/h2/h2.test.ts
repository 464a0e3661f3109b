/** HTTP/2 on either side of the gateway, and mixed with HTTP/1.1. */
import { describe, expect, test } from "vitest";
import { allow, isAnswer, rawClient, startGateway } from "../../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../../tests/support/gateway.ts";
import { h2Ask, h2Client, startH2Server, tunnel } from "../../../tests/support/h2.ts";
import { startUpstream } from "../../../tests/support/upstream.ts";
import { createCertificateAuthority } from "../tls/authority.ts";

const upstreamCa = createCertificateAuthority({ names: ["localhost"], now: new Date() });

const open = (
  port: number,
  more: Partial<Parameters<typeof allow>[2]> = {},
  rest: TestGatewayOptions = {},
): Promise<TestGateway> =>
  startGateway({
    ...rest,
    config: {
      allow: [allow("localhost", port, { scheme: "https", ...more })],
      extraCa: [upstreamCa.caPem],
      ...rest.config,
    },
  });

const at = (port: number, more: Record<string, string> = {}) => ({
  ":method": "GET",
  ":path": "/",
  ":scheme": "https",
  ":authority": `localhost:${port}`,
  ...more,
});

describe("HTTP/2 from end to end", () => {
  test("carries heads, bodies and trailers both ways", async () => {
    await using upstream = await startH2Server(upstreamCa, (stream) => {
      let body = "";
      let trailers: Record<string, unknown> = {};
      stream.on("data", (part: Buffer) => (body += part.toString()));
      stream.on("trailers", (map) => (trailers = { ...map }));
      stream.on("end", () => {
        stream.additionalHeaders({ ":status": 103, link: "</a>" });
        stream.respond({ ":status": 200, "set-cookie": ["a=1", "b=2"] }, { waitForTrailers: true });
        stream.on("wantTrailers", () =>
          stream.sendTrailers({ "x-sum": String(trailers["x-sum"]), "content-type": "no" }),
        );
        stream.end(`got ${body}`);
      });
    });
    await using gateway = await open(upstream.port, { foreignCredentials: "allow" });
    const session = await h2Client(gateway, upstream.port);
    const answer = await h2Ask(
      session,
      at(upstream.port, { ":method": "POST", cookie: "a=b", te: "trailers" }),
      "a body",
      { "x-sum": "42", authorization: "Bearer x" },
    );
    expect(answer).toMatchObject({
      status: 200,
      body: "got a body",
      trailers: { "x-sum": "42" },
      interim: [103],
      rstCode: 0,
    });
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(answer.trailers).not.toHaveProperty("content-type");
    expect(upstream.heads[0]).toBe(
      `:method: POST\n:scheme: https\n:authority: localhost:${upstream.port}\n:path: /\ncookie: a=b\nte: trailers`,
    );
    session.destroy();
  });

  test("an agent of HTTP/1.1 reaches a host that speaks HTTP/2 alone, where its rule says so", async () => {
    await using upstream = await startH2Server(upstreamCa, (stream, head) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-after": "yes" }));
      stream.end(head.includes(":path: /empty") ? "" : "hello");
    });
    await using gateway = await open(upstream.port, { h2: true });
    const socket = await tunnel(gateway, upstream.port, ["http/1.1"]);
    const client = rawClient(socket);
    client.send(`GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nTE: trailers\r\n\r\n`);
    const text = await client.until((all) => all.endsWith("\r\n0\r\nx-after: yes\r\n\r\n"));
    expect(text).toContain("Transfer-Encoding: chunked\r\n\r\n5\r\nhello");
    socket.destroy();
  });

  test("an agent of HTTP/2 reaches a host that speaks HTTP/1.1", async () => {
    await using upstream = await startUpstream({
      tls: (host) => upstreamCa.contextFor(host),
      answer: (socket, received) => {
        if (received.endsWith("0\r\nx-sum: 1\r\n\r\n"))
          socket.write(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-After: 1\r\n\r\n",
          );
      },
    });
    await using gateway = await open(upstream.port);
    const session = await h2Client(gateway, upstream.port);
    const answer = await h2Ask(
      session,
      at(upstream.port, { ":method": "PUT", ":path": "/x?y=1" }),
      "body",
      { "x-sum": "1" },
    );
    expect(answer).toMatchObject({ status: 200, body: "abc", trailers: { "x-after": "1" } });
    expect(upstream.received[0]).toBe(
      `PUT /x?y=1 HTTP/1.1\r\nHost: localhost:${upstream.port}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nx-sum: 1\r\n\r\n`,
    );
    session.destroy();
  });

  test.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("%s answered with %i has no body, whoever speaks what", async (method, status) => {
    await using two = await startH2Server(upstreamCa, (stream) => {
      const length = method === "HEAD" ? { "content-length": "5" } : {};
      stream.respond({ ":status": status, ...length }, { endStream: true });
    });
    await using gateway = await open(two.port, { h2: true });
    const session = await h2Client(gateway, two.port);
    const answer = await h2Ask(session, at(two.port, { ":method": method }));
    expect(answer).toMatchObject({ status, body: "" });
    expect(answer.headers["content-length"]).toBe(method === "HEAD" ? "5" : undefined);
    session.destroy();
    const socket = await tunnel(gateway, two.port, ["http/1.1"]);
    const client = rawClient(socket);
    client.send(`${method} / HTTP/1.1\r\nHost: localhost:${two.port}\r\n\r\n`);
    const text = await client.until((all) => all.endsWith("\r\n\r\n"));
    expect(text).toContain(` ${status} `);
    client.send(`${method} / HTTP/1.1\r\nHost: localhost:${two.port}\r\n\r\n`);
    await client.until((all) => all.split("HTTP/1.1 ").length === 3);
    socket.destroy();
  });

  test("many requests share one connection, and the upstream's is shared as well", async () => {
    await using upstream = await startH2Server(upstreamCa, (stream, head) => {
      stream.respond({ ":status": 200 });
      stream.end(/:path: (\S+)/.exec(head)?.[1] ?? "");
    });
    await using gateway = await open(upstream.port);
    const session = await h2Client(gateway, upstream.port);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_none, index) =>
        h2Ask(session, at(upstream.port, { ":path": `/${index}` })),
      ),
    );
    expect(answers.map(({ body }) => body)).toEqual(
      Array.from({ length: 50 }, (_none, index) => `/${index}`),
    );
    expect(upstream.sessions).toBe(1);
    session.destroy();
  });

  test("what a host chose is learnt: the next agent is offered it", async () => {
    await using upstream = await startH2Server(
      upstreamCa,
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.end("ok");
      },
      { http1: true },
    );
    await using gateway = await open(upstream.port);
    const before = await tunnel(gateway, upstream.port, ["h2", "http/1.1"]);
    expect(before.alpnProtocol).toBe("http/1.1");
    const session = await h2Client(gateway, upstream.port);
    await h2Ask(session, at(upstream.port));
    const after = await tunnel(gateway, upstream.port, ["h2", "http/1.1"]);
    expect(after.alpnProtocol).toBe("h2");
    for (const one of [before, after]) one.destroy();
    session.destroy();
  });

  test("the protocol is decided without a look-up or a connection", async () => {
    await using gateway = await open(9, { h2: true });
    const socket = await tunnel(gateway, 9, ["h2", "http/1.1"]);
    expect(socket.alpnProtocol).toBe("h2");
    expect(gateway.lookups).toEqual([]);
    socket.destroy();
  });

  test("an answer whose length is not its body's is cut", async () => {
    await using upstream = await startH2Server(upstreamCa, (stream) => {
      stream.respond({ ":status": 200, "content-length": "10" });
      stream.end("abc");
    });
    await using gateway = await open(upstream.port, { h2: true });
    const session = await h2Client(gateway, upstream.port);
    expect(await h2Ask(session, at(upstream.port))).toMatchObject({ rstCode: 2 });
    session.destroy();
    const socket = await tunnel(gateway, upstream.port, ["http/1.1"]);
    const client = rawClient(socket);
    client.send(`GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`);
    expect(isAnswer(await client.ended)).toBe(false);
  });

  test("an answer that is reset in its middle is cut, not ended", async () => {
    await using upstream = await startH2Server(upstreamCa, (stream) => {
      // Without this, Node ends the stream before it resets it.
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.write("abc");
      setTimeout(() => stream.close(8), 20);
    });
    await using gateway = await open(upstream.port, { h2: true });
    const session = await h2Client(gateway, upstream.port);
    expect(await h2Ask(session, at(upstream.port))).toMatchObject({ body: "abc", rstCode: 2 });
    session.destroy();
    const socket = await tunnel(gateway, upstream.port, ["http/1.1"]);
    const client = rawClient(socket);
    client.send(`GET / HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n\r\n`);
    expect((await client.ended).endsWith("0\r\n\r\n")).toBe(false);
  });
});

/** What an upstream of HTTP/2 may do to those that share its connection. */
import { constants } from "node:http2";
import type { ServerHttp2Stream } from "node:http2";
import { expect, test } from "vitest";
import { allow, startGateway } from "../../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../../tests/support/gateway.ts";
import { h2Ask, h2Client, startH2Server } from "../../../tests/support/h2.ts";
import { createCertificateAuthority } from "../tls/authority.ts";

const ca = createCertificateAuthority({ names: ["localhost"], now: new Date() });

const open = (port: number, limits: TestGatewayOptions["limits"] = {}): Promise<TestGateway> =>
  startGateway({
    limits,
    config: {
      allow: [allow("localhost", port, { scheme: "https" })],
      extraCa: [ca.caPem],
    },
  });

const at = (port: number, method = "GET") => ({
  ":method": method,
  ":path": "/",
  ":authority": `localhost:${port}`,
});

const ok = (stream: ServerHttp2Stream): void => {
  stream.respond({ ":status": 200 });
  stream.end("ok");
};

test("one that says goodbye gets no more requests on that connection, and what runs is finished", async () => {
  let first: ServerHttp2Stream | undefined;
  await using upstream = await startH2Server(ca, (stream) => {
    if (first !== undefined) return ok(stream);
    first = stream;
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 1);
  });
  await using gateway = await open(upstream.port);
  const session = await h2Client(gateway, upstream.port);
  const slow = h2Ask(session, at(upstream.port));
  await expect.poll(() => first).toBeDefined();
  await expect
    .poll(async () => {
      await h2Ask(session, at(upstream.port));
      return upstream.sessions;
    })
    .toBe(2);
  if (first !== undefined) ok(first);
  expect(await slow).toMatchObject({ status: 200, body: "ok" });
  session.destroy();
});

test.each([
  ["GET", true],
  ["DELETE", true],
])("%s that it did not look at is asked once more", async (method) => {
  let refused = 0;
  await using upstream = await startH2Server(ca, (stream) => {
    refused += 1;
    if (refused > 1) return ok(stream);
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
  });
  await using gateway = await open(upstream.port);
  const session = await h2Client(gateway, upstream.port);
  expect(await h2Ask(session, at(upstream.port, method))).toMatchObject({ status: 200 });
  expect(refused).toBe(2);
  session.destroy();
});

test("what may have been done already is not asked again", async () => {
  let asked = 0;
  await using upstream = await startH2Server(ca, (stream) => {
    asked += 1;
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
  await using gateway = await open(upstream.port);
  const session = await h2Client(gateway, upstream.port);
  const answer = await h2Ask(session, at(upstream.port, "DELETE"));
  expect([answer.status, answer.headers["x-claude-bottle"]]).toEqual([502, "upstream-unreachable"]);
  expect(asked).toBe(1);
  session.destroy();
});

test("an answer comes event by event", async () => {
  let stream: ServerHttp2Stream | undefined;
  await using upstream = await startH2Server(ca, (one) => {
    stream = one;
    one.respond({ ":status": 200, "content-type": "text/event-stream" });
    one.write("data: 0\n\n");
  });
  await using gateway = await open(upstream.port);
  const session = await h2Client(gateway, upstream.port);
  const request = session.request(at(upstream.port));
  for (let event = 0; event < 5; event += 1) {
    const [part] = await new Promise<[Buffer]>((resolve) => {
      request.once("data", (data: Buffer) => resolve([data]));
    });
    expect(part.toString()).toBe(`data: ${event}\n\n`);
    // The next is sent only after this one has come.
    stream?.write(`data: ${event + 1}\n\n`);
  }
  session.destroy();
});

test("a connection that nobody uses is closed", async () => {
  await using upstream = await startH2Server(ca, ok);
  await using gateway = await open(upstream.port, { upstreamIdleMs: 20, tickMs: 10 });
  const session = await h2Client(gateway, upstream.port);
  await h2Ask(session, at(upstream.port));
  await expect
    .poll(async () => {
      await h2Ask(session, at(upstream.port));
      await new Promise((resolve) => {
        setTimeout(resolve, 60);
      });
      return upstream.sessions;
    })
    .toBeGreaterThan(1);
  session.destroy();
});

test("an agent that goes away is not answered, and the upstream is told", async () => {
  let code: number | undefined;
  await using upstream = await startH2Server(ca, (stream) => {
    stream.respond({ ":status": 200 });
    stream.write("first");
    stream.on("close", () => (code = stream.rstCode));
  });
  await using gateway = await open(upstream.port);
  const session = await h2Client(gateway, upstream.port);
  const request = session.request(at(upstream.port));
  request.on("error", () => undefined);
  await new Promise((resolve) => {
    request.once("data", resolve);
  });
  request.close(constants.NGHTTP2_CANCEL);
  await expect.poll(() => code).toBe(constants.NGHTTP2_CANCEL);
  expect(gateway.gateway.stats().active).toBe(0);
  session.destroy();
});

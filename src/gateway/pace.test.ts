/** Clients that send a byte now and then: what they hold is the room of all. */
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
} from "../../tests/support/gateway.ts";
import type { RawClient, TestGateway } from "../../tests/support/gateway.ts";
import { startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";
import type { BodyJudge } from "./config.ts";
import { defaultLimits } from "./limits.ts";
import { createPaces } from "./pace.ts";

const kibi = 1024;
const judge: BodyJudge = {
  covers: (method) => method === "POST",
  media: "json",
  judge: () => ({ ok: true }),
};

/** Answers a request whose body came whole. */
function answerWhole(socket: Socket, received: string): void {
  const [head = "", body = ""] = received.split("\r\n\r\n");
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined && body.length === Number(length))
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

function open(gateway: TestGateway, upstream: RawUpstream, length: number): RawClient {
  const client = gateway.open();
  const host = `127.0.0.1:${upstream.port}`;
  client.send(
    [
      `POST http://${host}/v1/messages HTTP/1.1`,
      `Host: ${host}`,
      `x-api-key: ${testPlaceholder}`,
      "Content-Type: application/json",
      `Content-Length: ${length}`,
      "\r\n",
    ].join("\r\n"),
  );
  return client;
}

describe("a held body", () => {
  it("that comes byte by byte gives its room to others", async () => {
    await using upstream = await startUpstream({ answer: answerWhole });
    await using gateway = await startGateway({
      config: { credentials: [credentialFor(upstream.port, { judges: [judge] })] },
      limits: { heldTogether: 1024 * kibi, tickMs: 20, heldMs: 2000, heldPace: 1 << 30 },
    });
    const slow = open(gateway, upstream, 1000 * kibi);
    await new Promise<void>((resolve) => {
      slow.socket.write("x".repeat(900 * kibi), () => resolve());
    });
    // What the kernel has still is read before these are answered.
    for (let turn = 0; turn < 20; turn += 1) {
      const client = gateway.open();
      client.send("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r\n");
      await client.until(isAnswer);
    }
    const drip = setInterval(() => slow.send("x"), 20);
    try {
      const quick = async (): Promise<string> => {
        const client = open(gateway, upstream, 600 * kibi);
        client.send("x".repeat(600 * kibi));
        return client.until(isAnswer);
      };
      expect(codeOf(await quick())).toBe("gateway-busy");
      const refused = await slow.until(isAnswer);
      expect([statusOf(refused), codeOf(refused)]).toEqual([408, "request-timeout"]);
      expect(statusOf(await quick())).toBe(200);
    } finally {
      clearInterval(drip);
    }
  });

  it("that no judge waits for goes on as it comes", async () => {
    await using upstream = await startUpstream({ answer: answerWhole });
    await using gateway = await startGateway({
      config: { allow: [allow("127.0.0.1", upstream.port)] },
      limits: { tickMs: 20, heldMs: 60 },
    });
    const client = gateway.open();
    const host = `127.0.0.1:${upstream.port}`;
    client.send(`POST http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 8\r\n\r\nslow`);
    await upstream.until(() => upstream.sockets.length === 1);
    client.send("body");
    expect(statusOf(await client.until(isAnswer))).toBe(200);
  });
});

describe("the time of a body", () => {
  it("grows with what came, and nothing is late that ended", () => {
    let now = 0;
    const ticker = { ticks: 0, after: (ms: number) => now + ms / 1000 };
    const paces = createPaces({ ...defaultLimits, tickMs: 1000 }, () => ticker);
    const late: string[] = [];
    const begun = ["drips", "comes", "ended"].map((name) => paces.begin(() => late.push(name)));
    for (; now < 32; now += 1) {
      begun[0]?.came(1);
      begun[1]?.came(defaultLimits.heldPace);
      if (now === 29) begun[2]?.end();
      paces.sweep(now);
    }
    expect(late).toEqual(["drips"]);
    for (; now < 70; now += 1) paces.sweep(now);
    expect(late).toEqual(["drips", "comes"]);
  });
});

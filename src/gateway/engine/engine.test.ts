/** What an engine is asked, when, and what becomes of its answer; the engine itself is scripted, everything else is real. */
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { denying, scriptedEngine } from "../../../tests/support/engine/scripted.ts";
import type { ScriptedEngine } from "../../../tests/support/engine/scripted.ts";
import {
  allow,
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../../tests/support/gateway.ts";
import type { TestGateway } from "../../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../../tests/support/upstream.ts";
import type { RawUpstream } from "../../../tests/support/upstream.ts";
import type { Credential, EngineVerdict } from "../config.ts";
import { windows } from "./windows.ts";

const word = "walnut-orchard-7";
const megabyte = 1024 * 1024;

function open(
  upstream: RawUpstream,
  engine: ScriptedEngine,
  more: Parameters<typeof startGateway>[0] = {},
): Promise<TestGateway> {
  return startGateway({
    ...more,
    config: { allow: [allow("localhost", upstream.port)], engine, ...more.config },
  });
}

const request = (upstream: RawUpstream, line: string, fields = ""): string =>
  `${line.replace("/", `http://localhost:${upstream.port}/`)} HTTP/1.1\r\nHost: localhost:${upstream.port}\r\n${fields}\r\n`;
const posted = (upstream: RawUpstream, body: Buffer | string, fields = ""): Buffer =>
  Buffer.concat([
    Buffer.from(
      request(upstream, "POST /in", `Content-Length: ${Buffer.byteLength(body)}\r\n${fields}`),
    ),
    Buffer.from(body),
  ]);

/** Answers once so many bytes of body have come. */
const after = (length: number) => (socket: { write(text: string): void }, received: string) => {
  const end = received.indexOf("\r\n\r\n");
  if (end >= 0 && received.length >= end + 4 + length)
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
};

describe("what an engine is asked", () => {
  test("the URL and the body, as the agent wrote them; then they leave, byte for byte", async () => {
    const body = `{"note":"${"x".repeat(1000)}"}`;
    await using upstream = await startUpstream({ answer: after(body.length) });
    const engine = scriptedEngine();
    await using bottle = await open(upstream, engine);
    const client = bottle.open();
    client.send(posted(upstream, body));
    expect(statusOf(await client.until(isAnswer))).toBe(200);
    expect(engine.urls()).toEqual([`http://localhost:${upstream.port}/in`]);
    expect(engine.texts().join("")).toBe(body);
    expect(upstream.received[0]?.endsWith(`\r\n\r\n${body}`)).toBe(true);
  });

  test("nothing about what the policy refuses", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    const engine = scriptedEngine();
    await using bottle = await open(upstream, engine, { config: { allow: [] } });
    const client = bottle.open();
    client.send(request(upstream, "GET /"));
    expect(codeOf(await client.until(isAnswer))).toBe("host-not-allowed");
    expect(engine.asked).toEqual([]);
  });

  test("what a compressed body unpacks to, and not its bytes", async () => {
    const body = gzipSync(`plain ${"text ".repeat(500)}`);
    await using upstream = await startUpstream({ answer: after(body.length) });
    const engine = scriptedEngine();
    await using bottle = await open(upstream, engine);
    const client = bottle.open();
    client.send(posted(upstream, body, "Content-Encoding: gzip\r\n"));
    expect(statusOf(await client.until(isAnswer))).toBe(200);
    expect(engine.texts().join("")).toBe(`plain ${"text ".repeat(500)}`);
  });

  test("neither credential nor placeholder, wherever they are", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    const engine = scriptedEngine();
    const bound = credentialFor(upstream.port, {
      rules: [{}],
      query: { name: "key", value: testSecret },
    });
    await using bottle = await open(upstream, engine, { config: { credentials: [bound] } });
    const client = bottle.open();
    client.send(
      `GET /anthropic/a?x=1&key=${testPlaceholder}&y=2 HTTP/1.1\r\nHost: 127.0.0.1:4180\r\n\r\n`,
    );
    expect(statusOf(await client.until(isAnswer))).toBe(200);
    expect(upstream.received[0]).toContain(testSecret);
    expect(engine.urls()).toEqual([`http://127.0.0.1:${upstream.port}/a?x=1&y=2`]);
    expect(JSON.stringify(engine.asked)).not.toContain(testPlaceholder);
  });

  test.each([
    ["not what is said to the agent's own model", false, 0],
    ["that too, where the owner wants it", true, 1],
  ])("%s", async (_what, readsConversation, texts) => {
    const body = `{"messages":"${word}"}`;
    await using upstream = await startUpstream({ answer: after(body.length) });
    const engine = scriptedEngine(undefined, { readsConversation });
    const own: Partial<Credential> = { rules: [{}], readsConversation: true };
    const config = { credentials: [credentialFor(upstream.port, own)] };
    await using bottle = await open(upstream, engine, { config });
    const client = bottle.open();
    client.send(
      `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statusOf(await client.until(isAnswer))).toBe(200);
    expect(engine.urls()).toHaveLength(1);
    expect(engine.texts()).toHaveLength(texts);
  });

  test("texts no longer than it takes, however many bytes a character is", async () => {
    const body = Buffer.concat([
      Buffer.alloc(200_000, 0xff),
      Buffer.from("ä€😀".repeat(20_000)),
      Buffer.alloc(100_000, 0x61),
    ]);
    await using upstream = await startUpstream({ answer: after(body.length) });
    const engine = scriptedEngine();
    await using bottle = await open(upstream, engine);
    const client = bottle.open();
    client.send(posted(upstream, body));
    expect(statusOf(await client.until(isAnswer))).toBe(200);
    expect(engine.texts().length).toBeGreaterThan(8);
    for (const text of engine.texts()) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
  });
});

describe("a denial", () => {
  test("of the URL: nothing is looked up or dialled, and the agent does not learn what was found", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream, denying(word));
    const client = bottle.open();
    client.send(request(upstream, `GET /?q=${word}`));
    const answer = await client.until(isAnswer);
    expect(codeOf(answer)).toBe("engine-denied");
    expect(statusOf(answer)).toBe(403);
    expect(answer).not.toContain("DLP-Word");
    expect(bottle.lookups).toEqual([]);
    expect(upstream.sockets).toHaveLength(0);
    expect(bottle.audit).toMatchObject([
      { event: "refused", code: "engine-denied", reason: "scripted: DLP-Word (high)" },
    ]);
  });

  test("of a URL that is longer than it reads", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream, scriptedEngine());
    const client = bottle.open();
    client.send(request(upstream, `GET /${"a/".repeat(4096)}`));
    expect(codeOf(await client.until(isAnswer))).toBe("engine-denied");
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each([
    ["as it is", Buffer.from(`{"a":"${word}"}`), ""],
    ["compressed", gzipSync(`{"a":"${word}"}`), "Content-Encoding: gzip\r\n"],
    [
      "compressed within what is sent",
      Buffer.concat([Buffer.from("head"), gzipSync(`${"-".repeat(100)}${word}`)]),
      "",
    ],
  ])("of a held body, %s: nothing is dialled", async (_how, body, fields) => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream, denying(word));
    const client = bottle.open();
    client.send(posted(upstream, body, fields));
    expect(codeOf(await client.until(isAnswer))).toBe("engine-denied");
    expect(bottle.lookups).toEqual([]);
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each([
    ["at the end", 12 * megabyte - 100],
    ["over the cut between two texts", 9 * megabyte + 64 * 1024 - 8],
    ["in the middle", 10 * megabyte + 7],
  ])("of a body too long to be held, %s: cut, and no byte of it has left", async (_where, at) => {
    await using upstream = await startUpstream({ answer: () => undefined });
    await using bottle = await open(upstream, denying(word));
    const body = Buffer.alloc(12 * megabyte, "a lot of words ");
    body.write(word, at);
    const client = bottle.open();
    client.send(posted(upstream, body));
    const answer = await client.until(isAnswer);
    expect(codeOf(answer)).toBe("engine-denied");
    await upstream.until(() => upstream.sockets.every((socket) => socket.destroyed));
    expect(upstream.received.join("")).not.toContain(word.slice(0, 6));
    // It streams: what is far before it has left.
    expect(upstream.received.join("").length).toBeGreaterThan(megabyte);
  });

  test("of a judge's question: it waits for the verdict about the body", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    const judges: Credential["judges"] = [
      {
        covers: () => true,
        media: "any",
        judge: async (_request, context) => {
          await context.ask({ method: "GET", target: "/refs", fields: [], limit: 100 });
          return { ok: true };
        },
      },
    ];
    const config = { credentials: [credentialFor(upstream.port, { rules: [{}], judges })] };
    // It takes its time over a body: a judge that did not wait would have asked long before.
    const engine = scriptedEngine(async ({ kind }) => {
      if (kind === "text") await sleep(200);
      return kind === "url" ? { allowed: true } : { allowed: false, finding: "late" };
    });
    await using bottle = await open(upstream, engine, { config });
    const client = bottle.open();
    client.send(
      `POST /anthropic/a HTTP/1.1\r\nHost: 127.0.0.1:4180\r\nX-Api-Key: ${testPlaceholder}\r\nContent-Length: ${word.length}\r\n\r\n${word}`,
    );
    expect(codeOf(await client.until(isAnswer))).toBe("engine-denied");
    expect(upstream.sockets).toHaveLength(0);
  });
});

describe("a body that streams", () => {
  test("keeps back the end of what was allowed until it is known how it goes on", async () => {
    await using upstream = await startUpstream({ answer: () => undefined });
    // Longer than what the gateway's own scan keeps back.
    const long = `walnut-${"in the orchard ".repeat(200)}-7`;
    const engine = denying(long);
    await using bottle = await open(upstream, engine);
    const [first, second] = [long.slice(0, 2500), long.slice(2500)];
    const filler = Buffer.alloc(9 * megabyte, "a lot of words ");
    const client = bottle.open();
    client.send(
      request(upstream, "POST /in", `Content-Length: ${filler.length + long.length + 9000}\r\n`),
    );
    client.send(filler);
    client.send(first);
    // All of it has been seen, and allowed: alone it is nothing.
    while (!engine.texts().some((text) => text.includes(first))) await sleep(5);
    await upstream.until(() => upstream.received.join("").length > 8 * megabyte);
    await sleep(100);
    expect(upstream.received.join("")).not.toContain("walnut");
    client.send(`${second}${"x".repeat(9000)}`);
    expect(codeOf(await client.until(isAnswer))).toBe("engine-denied");
    expect(upstream.received.join("")).not.toContain("walnut");
  });

  test("does not leave before its URL is allowed, however long that takes", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    let say: (verdict: EngineVerdict) => void = () => undefined;
    const late = new Promise<EngineVerdict>((resolve) => (say = resolve));
    const engine = scriptedEngine(({ kind }) => (kind === "url" ? late : { allowed: true }));
    await using bottle = await open(upstream, engine);
    const client = bottle.open();
    client.send(posted(upstream, Buffer.alloc(12 * megabyte, "a lot of words ")));
    while (engine.texts().length < 20) await sleep(5);
    expect(upstream.sockets).toHaveLength(0);
    say({ allowed: false, finding: "URL-allowlist (medium)" });
    expect(codeOf(await client.until(isAnswer))).toBe("engine-denied");
    expect(upstream.sockets).toHaveLength(0);
  });
});

test("a word over any cut is whole in one of the windows, and no window is longer than allowed", () => {
  for (const limit of [20_000, 20_001, 65_536]) {
    for (let at = limit - word.length; at <= limit; at += 1) {
      const data = Buffer.alloc(3 * limit, "x");
      data.write(word, at);
      const all = [...windows(data, limit)];
      expect(all.some((text) => text.includes(word))).toBe(true);
      expect(all.every((text) => Buffer.byteLength(text) <= limit)).toBe(true);
    }
  }
});

describe("no verdict", () => {
  test("is a no", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    const engine = scriptedEngine(() => Promise.reject(new Error("connect ECONNREFUSED")));
    await using bottle = await open(upstream, engine);
    const client = bottle.open();
    client.send(request(upstream, "GET /"));
    const answer = await client.until(isAnswer);
    expect([codeOf(answer), statusOf(answer)]).toEqual(["engine-unavailable", 403]);
    expect(upstream.sockets).toHaveLength(0);
    expect(bottle.audit).toMatchObject([
      { code: "engine-unavailable", reason: "scripted gave no verdict: connect ECONNREFUSED" },
    ]);
  });

  test("about a part of a body is one about all of it, though the next would be allowed", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    let texts = 0;
    const engine = scriptedEngine(({ kind }) => {
      if (kind === "text" && (texts += 1) === 1) throw new Error("too slow");
      return { allowed: true };
    });
    await using bottle = await open(upstream, engine);
    const client = bottle.open();
    client.send(request(upstream, "POST /in", "Transfer-Encoding: chunked\r\n"));
    client.send("3\r\nabc\r\n");
    client.send("3\r\ndef\r\n0\r\n\r\n");
    expect(codeOf(await client.until(isAnswer))).toBe("engine-unavailable");
    expect(upstream.sockets).toHaveLength(0);
  });

  test("of bottles that went away takes no room from those that stay", async () => {
    await using upstream = await startUpstream({ answer: after(megabyte) });
    let answer: (verdict: { allowed: true }) => void = () => undefined;
    const never = new Promise<{ allowed: true }>((resolve) => (answer = resolve));
    let slow = true;
    const engine = scriptedEngine(({ kind }) =>
      slow && kind === "text" ? never : { allowed: true },
    );
    await using bottle = await open(upstream, engine, { limits: { heldTogether: 8 * megabyte } });
    for (let round = 0; round < 10; round += 1) {
      const gone = bottle.open();
      gone.send(posted(upstream, Buffer.alloc(megabyte, "x")));
      while (engine.texts().length <= round) await sleep(5);
      gone.socket.destroy();
      while (bottle.audit.filter(({ code }) => code === "client-gone").length <= round)
        await sleep(5);
    }
    slow = false;
    answer({ allowed: true });
    const client = bottle.open();
    client.send(posted(upstream, Buffer.alloc(megabyte, "x")));
    expect(statusOf(await client.until(isAnswer))).toBe(200);
  });
});

describe("what goes on and on", () => {
  test("a body without end leaves as it is allowed, and is not kept", async () => {
    const body = Buffer.alloc(20 * megabyte, "0123456789abcdef");
    await using upstream = await startUpstream({ answer: after(body.length) });
    await using bottle = await open(upstream, scriptedEngine(), {
      limits: { heldTogether: 12 * megabyte },
    });
    const client = bottle.open();
    client.send(posted(upstream, body));
    expect(statusOf(await client.until(isAnswer))).toBe(200);
    expect(upstream.received[0]?.length).toBeGreaterThan(body.length);
    expect(upstream.received[0]?.endsWith("0123456789abcdef")).toBe(true);
  });

  test("a WebSocket is refused in a way after which clients go on without", async () => {
    await using upstream = await startUpstream({ answer: answerOk });
    await using bottle = await open(upstream, scriptedEngine());
    const client = bottle.open();
    client.send(
      request(
        upstream,
        "GET /ws",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
      ),
    );
    const answer = await client.until(isAnswer);
    expect([codeOf(answer), statusOf(answer)]).toEqual(["upgrade-not-supported", 426]);
    expect(upstream.sockets).toHaveLength(0);
  });
});

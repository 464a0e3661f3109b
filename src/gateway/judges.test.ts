/** What a credential may do beside setting a header: look at heads, ask before it says yes, answer for a protocol, rewrite an answer. */
import { describe, expect, test } from "vitest";
import {
  codeOf,
  credentialFor,
  isAnswer,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../tests/support/gateway.ts";
import type { TestGateway } from "../../tests/support/gateway.ts";
import { startUpstream } from "../../tests/support/upstream.ts";
import type { RawUpstream } from "../../tests/support/upstream.ts";
import type { Credential, JudgeContext, Verdict } from "./config.ts";

const everything = { rules: [{}] } as const;

function bound(upstream: RawUpstream, more: Partial<Credential>): Promise<TestGateway> {
  const credential = credentialFor(upstream.port, { ...everything, ...more });
  return startGateway({ config: { credentials: [credential] } });
}

/** Answers each request with its own first line, once it is whole. */
const echo = (): Promise<RawUpstream> =>
  startUpstream({
    answer: (socket, received) => {
      if (!received.includes("\r\n\r\n")) return;
      const text = received.match(/[A-Z]+ \S+ HTTP\/1\.1(?=\r\n)/g)?.at(-1) ?? "";
      socket.write(`HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    },
  });

async function send(
  bottle: TestGateway,
  line: string,
  fields: readonly string[] = [`X-Api-Key: ${testPlaceholder}`],
  body = "",
): Promise<string> {
  const client = bottle.open();
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  client.send(
    `${line} HTTP/1.1\r\n${["Host: 127.0.0.1:4180", ...fields, ...length].join("\r\n")}\r\n\r\n${body}`,
  );
  return client.until(isAnswer);
}

const basic = (pair: string): string =>
  `Authorization: Basic ${Buffer.from(pair).toString("base64")}`;

describe("the placeholder", () => {
  test.each([
    ["as the password of Basic", basic(`git:${testPlaceholder}`)],
    ["as the user of Basic", basic(`${testPlaceholder}:x-oauth-basic`)],
    ["after the word token", `Authorization: token ${testPlaceholder}`],
  ])("is accepted %s", async (_how, field) => {
    await using upstream = await echo();
    await using bottle = await bound(upstream, {});
    expect(statusOf(await send(bottle, "GET /anthropic/a", [field]))).toBe(200);
    expect(upstream.received[0]).toContain(`Authorization: Bearer ${testSecret}`);
    expect(upstream.received[0]).not.toContain("Basic");
  });

  test.each([
    ["another password", basic("git:placeholder-0123456789abcdefghijX")],
    ["a password that holds it", basic(`git:${testPlaceholder}x`)],
    ["Basic that is none", "Authorization: Basic !!!"],
  ])("is not %s", async (_what, field) => {
    await using upstream = await echo();
    await using bottle = await bound(upstream, {});
    expect(codeOf(await send(bottle, "GET /anthropic/a", [field]))).toBe("placeholder-missing");
    expect(upstream.received).toEqual([]);
  });
});

describe("a secret in a query parameter", () => {
  const query = { name: "api key", value: `${testSecret}&+` };

  test("takes the place of every parameter of that name, however it is written, and of nothing else", async () => {
    await using upstream = await echo();
    await using bottle = await bound(upstream, { query, set: [] });
    const target = `/anthropic/a?x=%41&api+key=${testPlaceholder}&api%20key=other&y`;
    const text = await send(bottle, `GET ${target}`, []);
    expect(statusOf(text)).toBe(200);
    expect(upstream.received[0]).toMatch(
      `GET /a?x=%41&y&api%20key=${testSecret}%26%2B HTTP/1.1\r\n`,
    );
    // The echo shows as many stars as the secret has characters.
    expect(text).toContain("*".repeat(testSecret.length));
    expect(text).not.toContain(testSecret);
  });

  test("is not sent without the placeholder", async () => {
    await using upstream = await echo();
    await using bottle = await bound(upstream, { query, set: [] });
    expect(codeOf(await send(bottle, "GET /anthropic/a?api%20key=x", []))).toBe(
      "placeholder-missing",
    );
  });
});

test("a judge of heads refuses before a body is read", async () => {
  await using upstream = await echo();
  await using bottle = await bound(upstream, {
    judgeHead: ({ query, fields }): Verdict =>
      query.includes("sudo") || fields.first("sudo") !== undefined
        ? { ok: false, code: "credential-rule", message: "No sudo." }
        : { ok: true },
  });
  expect(codeOf(await send(bottle, "GET /anthropic/a?sudo=root"))).toBe("credential-rule");
  const field = [`X-Api-Key: ${testPlaceholder}`, "Sudo: root"];
  expect(codeOf(await send(bottle, "POST /anthropic/a", field, "x"))).toBe("credential-rule");
  expect(upstream.received).toEqual([]);
  expect(statusOf(await send(bottle, "GET /anthropic/a"))).toBe(200);
});

describe("a judge of bodies", () => {
  const judging = (
    judge: (context: JudgeContext) => Promise<Verdict>,
    limit = 100,
  ): Partial<Credential> => ({
    judges: [
      {
        covers: (method) => method === "POST",
        media: "any",
        limit,
        judge: (_request, context) => judge(context),
      },
    ],
  });

  test("may ask the same host with the credential, and then lets the request go", async () => {
    await using upstream = await echo();
    const heard: string[] = [];
    await using bottle = await bound(
      upstream,
      judging(async ({ ask }) => {
        const answered = await ask({
          method: "GET",
          target: "/asked?a",
          fields: [["Accept", "x/y"]],
          limit: 50,
        });
        heard.push(`${answered.status} ${answered.body.toString()}`);
        return { ok: true };
      }),
    );
    const text = await send(bottle, "POST /anthropic/a", undefined, "body");
    expect(statusOf(text)).toBe(200);
    expect(heard).toEqual(["200 GET /asked?a HTTP/1.1"]);
    expect(upstream.received[0]).toContain(
      `Accept: x/y\r\nAccept-Encoding: identity\r\nAuthorization: Bearer ${testSecret}\r\n`,
    );
    expect(upstream.received[0]).toMatch(/POST \/a HTTP\/1\.1\r\n[^]*\r\n\r\nbody$/);
    // Question and request took the same connection.
    expect(upstream.sockets).toHaveLength(1);
  });

  test("hears that an answer is longer than it wants", async () => {
    await using upstream = await echo();
    await using bottle = await bound(
      upstream,
      judging(async ({ ask }) => {
        await ask({ method: "GET", target: "/asked", fields: [], limit: 5 });
        return { ok: true };
      }),
    );
    const text = await send(bottle, "POST /anthropic/a", undefined, "body");
    expect(statusOf(text)).toBe(502);
    expect(upstream.received.join()).not.toContain("POST");
  });

  test("answers in the words of its protocol, and the audit log has the reason", async () => {
    await using upstream = await echo();
    await using bottle = await bound(
      upstream,
      judging(async () => ({
        ok: false,
        code: "push-refused",
        message: "No.",
        reason: "refs/heads/main is not granted",
        answer: { status: 200, type: "application/x-y", body: Buffer.from([0, 1, 255]) },
      })),
    );
    const text = await send(bottle, "POST /anthropic/a", undefined, "body");
    expect(statusOf(text)).toBe(200);
    expect(codeOf(text)).toBe("push-refused");
    expect(text).toMatch(/content-type: application\/x-y\r\n/);
    expect(text.endsWith("\r\n\r\n\0\x01\xff")).toBe(true);
    expect(upstream.received).toEqual([]);
    expect(bottle.audit.find(({ event }) => event === "refused")).toMatchObject({
      code: "push-refused",
      reason: "refs/heads/main is not granted",
    });
  });

  test("finds every value that is held", async () => {
    await using upstream = await echo();
    const found: unknown[] = [];
    await using bottle = await bound(
      upstream,
      judging(async ({ find }) => {
        found.push(find(Buffer.from(`x ${testSecret}`)), find(Buffer.from("x")));
        return { ok: true };
      }),
    );
    await send(bottle, "POST /anthropic/a", undefined, "body");
    expect(found).toEqual(["the secret of anthropic", undefined]);
  });

  test("is bound to its own size", async () => {
    await using upstream = await echo();
    await using bottle = await bound(
      upstream,
      judging(async () => ({ ok: true }), 3),
    );
    const text = await send(bottle, "POST /anthropic/a", undefined, "four");
    expect(codeOf(text)).toBe("body-too-large-to-judge");
  });
});

describe("a rewrite of answers", () => {
  const rewriting = (rewrite: (body: Buffer) => Buffer, limit = 100): Partial<Credential> => ({
    rewrites: [
      { covers: (_method, path, query) => path === "/a" && query === "?x", limit, rewrite },
    ],
  });

  test("gives the bottle another body with its own length, and leaves other answers alone", async () => {
    await using upstream = await echo();
    await using bottle = await bound(
      upstream,
      rewriting((body) => Buffer.concat([Buffer.from("seen: "), body])),
    );
    const text = await send(bottle, "GET /anthropic/a?x");
    expect(text).toMatch(/Content-Length: 23\r\n\r\nseen: GET \/a\?x HTTP\/1\.1$/);
    expect(text).not.toContain("ETag");
    expect(await send(bottle, "GET /anthropic/b?x")).toMatch(/\r\n\r\nGET \/b\?x HTTP\/1\.1$/);
  });

  test.each([
    [
      "it cannot read",
      rewriting(() => {
        throw new Error("no");
      }),
    ],
    ["is longer than it takes", rewriting((body) => body, 3)],
  ])("refuses what %s", async (_what, more) => {
    await using upstream = await echo();
    await using bottle = await bound(upstream, more);
    const text = await send(bottle, "GET /anthropic/a?x");
    expect([statusOf(text), codeOf(text)]).toEqual([502, "unreadable-answer"]);
  });
});

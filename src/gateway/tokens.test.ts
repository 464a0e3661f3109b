import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startScriptedModel } from "../demo/model/server.ts";
import { credentialFor, startGateway, testPlaceholder } from "../../tests/support/gateway.ts";
import { Fields } from "./http/fields.ts";
import { meterFor, noTokens } from "./tokens.ts";
import type { TokenCounts } from "./tokens.ts";

type Kind = "text/event-stream; charset=utf-8" | "application/json";
const stream: Kind = "text/event-stream; charset=utf-8";
const json: Kind = "application/json";

function headOf(kind: string, status = 200): { status: number; fields: Fields } {
  const fields = new Fields();
  fields.add("Content-Type", kind);
  return { status, fields };
}

/** The sums after one answer that came in these parts. */
function counted(kind: Kind, parts: readonly Buffer[]): TokenCounts {
  const sums = noTokens();
  const meter = meterFor({ dialect: "anthropic" }, "/v1/messages?beta=true", headOf(kind), sums);
  for (const part of parts) meter?.push(part);
  meter?.end();
  return sums;
}

/** The bytes, cut at those places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted(
    (a, b) => a - b,
  );
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

function event(value: object): string {
  return `event: ${"type" in value ? String(value.type) : ""}\ndata: ${JSON.stringify(value)}\n\n`;
}

const count = fc.nat({ max: 2_000_000 });
/** Anything a model may say: also what looks like a count, a line, or an event. */
const words = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    '"usage":{"output_tokens":5}',
    'data: {"type":"message_delta","usage":{"output_tokens":7}}\n\n',
    "{{{[[[",
    '\\"',
    "usage",
  ),
);

const answer = fc.record({
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  said: fc.array(words, { maxLength: 4 }),
});

describe("a stream's tokens", () => {
  test("are counted once, however the bytes are cut and whatever the model says", () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat(), { maxLength: 30 }), (told, places) => {
        const { input, output, cacheRead, cacheWrite, said } = told;
        const usage = {
          input_tokens: input,
          cache_read_input_tokens: cacheRead,
          cache_creation_input_tokens: cacheWrite,
          output_tokens: 1,
        };
        const text = [
          event({ type: "message_start", message: { id: "msg", content: [], usage } }),
          event({ type: "ping" }),
          ...said.map((one) =>
            event({ type: "content_block_delta", delta: { type: "text_delta", text: one } }),
          ),
          event({ type: "message_delta", delta: {}, usage: { output_tokens: output } }),
          event({ type: "message_stop" }),
        ].join("");
        const sums = counted(stream, cut(Buffer.from(text), places));
        expect(sums).toEqual({ input, output, cacheRead, cacheWrite });
      }),
    );
  });

  test("of an answer that is cut count as far as they were told", () => {
    const usage = { input_tokens: 11, output_tokens: 1 };
    const start = event({ type: "message_start", message: { usage } });
    expect(counted(stream, [Buffer.from(`${start}event: message_delta\ndata: {"ty`)])).toEqual({
      ...noTokens(),
      input: 11,
      output: 1,
    });
  });

  test("are found with CRLF, and behind a line of any length", () => {
    const usage = { input_tokens: 3, output_tokens: 4 };
    const long = `data: {"type":"message_delta","x":"${"a".repeat(300_000)}","usage":{"output_tokens":9}}\n`;
    const text = `${long}\r\ndata: ${JSON.stringify({ type: "message_start", message: { usage } })}\r\n\r\n`;
    const parts = Array.from({ length: Math.ceil(text.length / 7_000) }, (_, index) =>
      Buffer.from(text.slice(index * 7_000, (index + 1) * 7_000)),
    );
    expect(counted(stream, parts)).toEqual({ ...noTokens(), input: 3, output: 4 });
  });
});

describe("one message's tokens", () => {
  test("are counted, however the bytes are cut and whatever else it holds", () => {
    fc.assert(
      fc.property(
        answer,
        fc.json(),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 30 }),
        ({ input, output, cacheRead, cacheWrite, said }, other, first, places) => {
          const usage = {
            input_tokens: input,
            output_tokens: output,
            cache_read_input_tokens: cacheRead,
            cache_creation_input_tokens: cacheWrite,
            server_tool_use: { usage: { input_tokens: 5 } },
          };
          const rest = {
            content: said.map((text) => ({ type: "text", text, usage: { input_tokens: 6 } })),
            "the usage": { input_tokens: 7 },
            other: JSON.parse(other) as unknown,
          };
          const body = JSON.stringify(first ? { usage, ...rest } : { ...rest, usage });
          const sums = counted(json, cut(Buffer.from(body), places));
          expect(sums).toEqual({ input, output, cacheRead, cacheWrite });
        },
      ),
    );
  });

  test("are none where the object is too long, is none, or says what is no count", () => {
    const long = `{"usage":{"x":"${"a".repeat(100_000)}","input_tokens":5}}`;
    const odd = [
      '{"usage":{"input_tokens":-1,"output_tokens":1.5}}',
      '{"usage":{"input_tokens":1e300,"output_tokens":"7"}}',
      '{"usage":null}',
      '{"usage":[{"input_tokens":1}]}',
      '{"usage":{"input_tokens":1',
      "usage",
      "]]]]}}}}",
      "",
    ];
    for (const body of [long, ...odd])
      expect(counted(json, [Buffer.from(body)])).toEqual(noTokens());
  });
});

test("any bytes at all are survived, as either kind", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
      fc.constantFrom(stream, json),
      (parts, kind) => {
        const sums = counted(
          kind,
          parts.map((part) => Buffer.from(part)),
        );
        expect(Object.values(sums).every((one) => Number.isSafeInteger(one))).toBe(true);
      },
    ),
  );
});

test.each([
  ["another service", "plain", "/v1/messages", stream, 200],
  ["another path", "anthropic", "/v1/messages/count_tokens", json, 200],
  ["an error", "anthropic", "/v1/messages", json, 529],
  ["what is no text", "anthropic", "/v1/messages", "application/octet-stream", 200],
] as const)("%s is not looked into", (_name, dialect, target, kind, status) => {
  expect(meterFor({ dialect }, target, headOf(kind, status), noTokens())).toBe(undefined);
});

test("a gateway sums up what a model's streams and messages tell", async () => {
  const said = "an answer in two pieces";
  await using model = await startScriptedModel({ turns: [{ kind: "text", text: said }] });
  await using test = await startGateway({ config: { credentials: [credentialFor(model.port)] } });
  const ask = async (
    streams: boolean,
  ): Promise<{ readonly length: number; readonly text: string }> => {
    const tools = [{ name: "Bash" }];
    const messages = [{ role: "user", content: "Hello" }];
    const body = JSON.stringify({ model: "m", messages, tools, stream: streams });
    const client = test.open();
    client.send(
      `POST http://127.0.0.1:${model.port}/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${model.port}\r\nanthropic-version: 2023-06-01\r\nx-api-key: ${testPlaceholder}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    return { length: body.length, text: await client.ended };
  };
  const streamed = await ask(true);
  expect(streamed.text).toContain("event: message_stop");
  const first = Math.ceil(streamed.length / 4);
  expect(test.gateway.stats().tokens).toEqual({ ...noTokens(), input: first, output: 12 });
  const whole = await ask(false);
  expect(whole.text).toContain(said);
  expect(test.gateway.stats().tokens).toEqual({
    ...noTokens(),
    input: first + Math.ceil(whole.length / 4),
    output: 24,
  });
});

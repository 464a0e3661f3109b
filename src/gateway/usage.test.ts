import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dialect } from "./config.ts";
import { Fields } from "./http/fields.ts";
import { meterFor, noTokens } from "./tokens.ts";
import type { TokenCounts } from "./tokens.ts";

function counted(
  dialect: Dialect,
  target: string,
  kind: string,
  parts: readonly Buffer[],
): TokenCounts {
  const fields = new Fields();
  fields.add("Content-Type", kind);
  const sums = noTokens();
  const meter = meterFor({ dialect }, target, { status: 200, fields }, sums);
  for (const part of parts) meter?.push(part);
  meter?.end();
  return sums;
}

/** The bytes, cut at those places. */
function cut(text: string, places: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted(
    (a, b) => a - b,
  );
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

const stream = "text/event-stream";
const json = "application/json";
const lines = (events: readonly object[], end: string): string =>
  events.map((one) => `data: ${JSON.stringify(one)}${end}`).join("");

/** What a model may say to look like a count. */
const said = fc.array(
  fc.oneof(
    fc.string(),
    fc.constantFrom('"usage":{"output_tokens":5}', '"usage":{', '\\"usage":{"input_tokens":3}'),
  ),
  { maxLength: 3 },
);
const counts = fc.record({
  input: fc.nat(1e6),
  cacheRead: fc.nat(1e6),
  output: fc.nat(1e6),
});
const places = fc.array(fc.nat(), { maxLength: 20 });

describe("tokens of the Responses API", () => {
  test("stand in the event that ends a stream, after an answer of any length", () => {
    fc.assert(
      fc.property(
        counts,
        said,
        places,
        fc.nat(3),
        ({ input, cacheRead, output }, words, at, long) => {
          const usage = {
            input_tokens: input + cacheRead,
            input_tokens_details: { cached_tokens: cacheRead },
            output_tokens: output,
            output_tokens_details: { reasoning_tokens: 1 },
          };
          const text = [...words, "x".repeat(long * 40_000)];
          const events = [
            { type: "response.created", response: { usage: null } },
            ...text.map((delta) => ({ type: "response.output_text.delta", delta })),
            {
              type: "response.completed",
              response: { output: text, usage, user: null, metadata: {} },
            },
          ];
          expect(
            counted("openai", "/v1/responses", stream, cut(lines(events, "\n\n"), at)),
          ).toEqual({
            input,
            cacheRead,
            output,
            cacheWrite: 0,
          });
          const whole = JSON.stringify({ output: text, usage, metadata: {} });
          expect(counted("openai", "/v1/responses", json, cut(whole, at))).toEqual({
            input,
            cacheRead,
            output,
            cacheWrite: 0,
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});

test("tokens of the Chat Completions API stand in the last chunk", () => {
  const events = [
    { choices: [{ delta: { content: "x" } }], usage: null },
    {
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 3,
        prompt_tokens_details: { cached_tokens: 4 },
      },
    },
  ];
  const expected = { input: 6, cacheRead: 4, output: 3, cacheWrite: 0 };
  expect(
    counted("openai", "/v1/chat/completions", stream, [Buffer.from(lines(events, "\n\n"))]),
  ).toEqual(expected);
  expect(
    counted("openai", "/v1/chat/completions", json, [Buffer.from(JSON.stringify(events[1]))]),
  ).toEqual(expected);
});

test("tokens of the Gemini API stand in each chunk, and the last holds", () => {
  const chunk = (candidates: number): object => ({
    candidates: [{ content: { parts: [{ text: '"usageMetadata":{' }] } }],
    usageMetadata: {
      promptTokenCount: 10,
      cachedContentTokenCount: 4,
      candidatesTokenCount: candidates,
      thoughtsTokenCount: 2,
      totalTokenCount: 99,
    },
    modelVersion: "x",
  });
  const expected = { input: 6, cacheRead: 4, output: 9, cacheWrite: 0 };
  const target = "/v1beta/models/gemini:streamGenerateContent?alt=sse";
  expect(
    counted("gemini", target, stream, [Buffer.from(lines([chunk(1), chunk(7)], "\r\n\r\n"))]),
  ).toEqual(expected);
  expect(
    counted("gemini", "/v1beta/models/gemini:generateContent", json, [
      Buffer.from(JSON.stringify(chunk(7))),
    ]),
  ).toEqual(expected);
});

test.each<[Dialect, string]>([
  ["openai", "/v1/models"],
  ["gemini", "/v1beta/models/x:countTokens"],
  ["message", "/v1/responses"],
])("of %s, %s tells none", (dialect, target) => {
  expect(counted(dialect, target, json, [Buffer.from('{"usage":{"input_tokens":5}}')])).toEqual(
    noTokens(),
  );
});

test("any bytes at all are survived", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one)),
          fc.constantFrom('"usage":', "{", "}", '"', "\\", "\n").map((one) => Buffer.from(one)),
        ),
        { maxLength: 20 },
      ),
      fc.constantFrom("/v1/responses", "/v1/chat/completions"),
      fc.constantFrom(stream, json),
      (parts, target, kind) => {
        const sums = counted("openai", target, kind, parts);
        expect(Object.values(sums).every((one) => Number.isSafeInteger(one))).toBe(true);
      },
    ),
  );
});

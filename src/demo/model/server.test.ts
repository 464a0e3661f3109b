import { describe, expect, it } from "vitest";
import { toolResults } from "./request.ts";
import { startScriptedModel } from "./server.ts";
import type { ScriptedModel } from "./server.ts";

/** A promise and what opens it. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

const headers = { "content-type": "application/json", "anthropic-version": "2023-06-01" };
const turns = [
  { kind: "bash", command: "echo from-the-tool" },
  { kind: "text", text: "all done" },
] as const;

function conversation(assistantMessages: number, more: object = {}): string {
  const messages = Array.from({ length: assistantMessages }, () => [
    { role: "user", content: "x" },
    { role: "assistant", content: "y" },
  ]).flat();
  messages.push({ role: "user", content: "next" });
  return JSON.stringify({
    model: "m",
    messages,
    tools: [{ name: "Bash" }],
    max_tokens: 9,
    ...more,
  });
}

function post(
  model: ScriptedModel,
  body: string,
  more: Readonly<Record<string, string>> = {},
  path = "/v1/messages?beta=true",
): Promise<Response> {
  return fetch(`${model.url}${path}`, { method: "POST", headers: { ...headers, ...more }, body });
}

/** `event:` names in order; each must agree with the `type` of its data. */
function eventTypes(text: string): string[] {
  return text
    .split("\n\n")
    .filter((part) => part !== "")
    .map((part) => {
      const match = /^event: (\w+)\ndata: (.*)$/.exec(part);
      const data = JSON.parse(match?.[2] ?? "{}") as { type?: string };
      expect(data.type).toBe(match?.[1]);
      return data.type ?? "";
    });
}

describe("the scripted model", () => {
  it("streams a tool call in the published order of events", async () => {
    await using model = await startScriptedModel({ turns });
    const response = await post(model, conversation(0, { stream: true }));
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const text = await response.text();
    expect(eventTypes(text)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const parts = [...text.matchAll(/"partial_json":("(?:[^"\\]|\\.)*")/g)];
    const input = parts.map((part) => JSON.parse(part[1] ?? '""') as string).join("");
    expect(JSON.parse(input)).toMatchObject({ command: "echo from-the-tool" });
  });

  it("answers without stream in one JSON message and gives a repeated request the same turn", async () => {
    await using model = await startScriptedModel({ turns });
    for (let round = 0; round < 2; round += 1) {
      const message = (await (await post(model, conversation(1))).json()) as object;
      expect(message).toMatchObject({
        type: "message",
        stop_reason: "end_turn",
        content: [{ type: "text", text: "all done" }],
      });
    }
  });

  it("has last words when the script is over", async () => {
    await using model = await startScriptedModel({ turns });
    expect(await (await post(model, conversation(2))).text()).toContain("nothing more to do");
  });

  it.each([
    ["no credential", {}, 401],
    ["another token", { authorization: "Bearer sk-ant-oat01-other" }, 401],
    ["both headers", { authorization: "Bearer sk-ant-oat01-real", "x-api-key": "x" }, 401],
    ["OAuth without its beta flag", { authorization: "Bearer sk-ant-oat01-real" }, 401],
    [
      "the real one",
      { authorization: "Bearer sk-ant-oat01-real", "anthropic-beta": "a,oauth-2025-04-20" },
      200,
    ],
  ])("demands the real credential: %s", async (_name, more, status) => {
    await using model = await startScriptedModel({ turns, token: "sk-ant-oat01-real" });
    expect((await post(model, conversation(0), more)).status).toBe(status);
  });

  it.each([
    ["no version header", { "anthropic-version": "" }, conversation(0), 400],
    ["broken JSON", {}, "{", 400],
    ["no messages", {}, '{"model":"m"}', 400],
  ])("refuses what the API refuses: %s", async (_name, more, body, status) => {
    await using model = await startScriptedModel({ turns });
    const response = await post(model, body, more);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type: "error" });
  });

  it("gives its faults once each, in order, then behaves", async () => {
    await using model = await startScriptedModel({
      turns,
      faults: [
        { kind: "status", status: 429, headers: { "retry-after": "7" } },
        { kind: "error-event" },
        { kind: "cut", afterEvents: 2 },
      ],
    });
    const body = conversation(0, { stream: true });
    const limited = await post(model, body);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(eventTypes(await (await post(model, body)).text())).toEqual(["error"]);
    const cut = await post(model, body);
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow();
    expect(eventTypes(await (await post(model, body)).text())).toContain("message_stop");
  });

  it("serves under a path prefix only", async () => {
    await using model = await startScriptedModel({ turns, prefix: "/corp/llm" });
    expect(model.url).toMatch(/\/corp\/llm$/);
    expect((await post(model, conversation(0))).status).toBe(200);
    const bare = new URL(model.url).origin;
    const outside = await fetch(`${bare}/v1/messages`, { method: "POST", headers, body: "{}" });
    expect(outside.status).toBe(404);
  });

  it("counts tokens and lists models", async () => {
    await using model = await startScriptedModel({ turns });
    const counted = await post(model, conversation(0), {}, "/v1/messages/count_tokens");
    expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) as number });
    const listed = await fetch(`${model.url}/v1/models`, { headers });
    expect(await listed.json()).toMatchObject({ data: [{ type: "model" }] });
  });

  it("holds each event until it is let go, and records every request", async () => {
    const gates = Array.from({ length: 8 }, gate);
    await using model = await startScriptedModel({
      turns,
      beforeEvent: (index) => gates[index]?.promise ?? Promise.resolve(),
    });
    const response = await post(model, conversation(0, { stream: true }));
    const reader = response.body?.getReader();
    const next = async (): Promise<string> =>
      Buffer.from((await reader?.read())?.value ?? []).toString();
    for (const held of gates.slice(0, 3)) {
      held.resolve();
      expect(await next()).toMatch(/^event: /);
    }
    for (const held of gates) held.resolve();
    while ((await next()) !== "");
    expect(model.requests.map((request) => [request.method, request.status])).toEqual([
      ["POST", 200],
    ]);
  });
});

describe("tool results", () => {
  it("are read from both forms of content", () => {
    const body = JSON.stringify({
      messages: [
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "one" }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "two" }] },
          ],
        },
      ],
    });
    expect(toolResults(body)).toEqual(["one", "two"]);
  });
});

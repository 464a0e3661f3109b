import { describe, expect, it } from "vitest";
import { Fields } from "../../../gateway/http/fields.ts";
import { chatFetchers, openaiFetchers } from "../../../../tests/support/openai-fetchers.ts";
import type { OpenaiCredential } from "../../../manifest/manifest.ts";
import { judgeOpenai } from "./judge.ts";
import { compileOpenai } from "./preset.ts";

const responses = (body: object, named: readonly string[] = []): ReturnType<typeof judgeOpenai> =>
  judgeOpenai("responses", Buffer.from(JSON.stringify(body)), named);
const chat = (body: object, named: readonly string[] = []): ReturnType<typeof judgeOpenai> =>
  judgeOpenai("chat", Buffer.from(JSON.stringify(body)), named);

describe("the judge of OpenAI requests", () => {
  it.each(openaiFetchers)(
    "refuses %s, and says how the owner can allow it",
    (_what, body, name) => {
      expect(responses(body, ["something_else"])).toMatchObject({
        ok: false,
        code: "server-side-fetch",
        message: expect.stringMatching(/serverTools: \[[\w.:-]+\]$/) as string,
      });
      expect(responses(body, [name])).toEqual({ ok: true });
    },
  );

  it.each(chatFetchers)("refuses %s in a chat", (_what, body, name) => {
    expect(chat(body, ["something_else"])).toMatchObject({ code: "server-side-fetch" });
    expect(chat(body, [name])).toEqual({ ok: true });
  });

  it("lets pass what codex sends", () => {
    const body = {
      model: "gpt-6.1-sol",
      stream: true,
      tool_choice: "auto",
      parallel_tool_calls: false,
      reasoning: { effort: "low", context: "all_turns" },
      store: false,
      include: ["reasoning.encrypted_content"],
      prompt_cache_key: "01a2",
      text: { verbosity: "low", format: { type: "json_schema", schema: { url: { $ref: "#/x" } } } },
      client_metadata: { "x-codex-window-id": "w:0", turn_id: "t" },
      tools: [
        { type: "function", name: "exec_command", parameters: { properties: { file_id: {} } } },
        { type: "namespace", name: "multi_agent", tools: [{ type: "function", name: "spawn" }] },
        { type: "custom", name: "exec", format: { type: "grammar", definition: "x" } },
        { type: "local_shell" },
        { type: "shell", environment: { type: "local" } },
      ],
      input: [
        {
          type: "additional_tools",
          id: "at",
          role: "developer",
          tools: [{ type: "custom", name: "exec" }],
        },
        { role: "user", content: "hello https://example.org/" },
        {
          type: "message",
          id: "m",
          role: "user",
          content: [{ type: "input_text", text: "say hi" }],
        },
        {
          type: "message",
          role: "user",
          content: [{ type: "input_image", image_url: "data:image/png;base64,AA==" }],
        },
        {
          type: "reasoning",
          summary: [{ type: "summary_text", text: "x" }],
          encrypted_content: "e",
        },
        { type: "function_call", call_id: "c", name: "exec_command", arguments: '{"cmd":"ls"}' },
        { type: "function_call_output", call_id: "c", output: "a" },
        {
          type: "local_shell_call",
          call_id: "d",
          action: { type: "exec", command: ["ls"], env: { A: "b" } },
        },
        {
          type: "message",
          role: "assistant",
          content: [
            {
              type: "output_text",
              text: "x",
              annotations: [{ type: "url_citation", url: "https://example.org/" }],
            },
          ],
        },
      ],
    };
    expect(responses(body)).toEqual({ ok: true });
  });

  it("lets pass what a chat client sends", () => {
    const body = {
      model: "gpt-5",
      messages: [
        { role: "system", content: "x" },
        {
          role: "user",
          content: [
            { type: "text", text: "x" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "c", content: "x" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      response_format: { type: "json_schema", json_schema: { name: "x", schema: {} } },
      stream_options: { include_usage: true },
    };
    expect(chat(body)).toEqual({ ok: true });
  });

  it.each([
    '{"model":"a","model":"b"}',
    "{",
    "[]",
    '"x"',
    '{"Tools":[]}',
    '{"model":5}',
    '{"tools":{}}',
    '{"input":[{"type":5}]}',
    "",
  ])("cannot read %s", (text) => {
    expect(judgeOpenai("responses", Buffer.from(text), [])).toMatchObject({
      code: "body-unreadable",
    });
  });
});

describe("the openai preset", () => {
  const spec: OpenaiCredential = {
    kind: "openai",
    secret: { text: "env:K", source: { kind: "env", variable: "K" } },
    url: "https://api.openai.com",
    serverTools: [],
  };
  const [credential] = compileOpenai(spec, "sk-secret", "placeholder");

  it("sends the key as bearer, takes away the agent's, and what would bill another project", () => {
    expect(credential.set).toEqual([{ name: "authorization", value: "Bearer sk-secret" }]);
    expect(credential.strip).toEqual(
      expect.arrayContaining(["authorization", "openai-organization", "openai-project"]),
    );
    expect(credential.route).toMatchObject({ prefix: "/openai", basePath: "" });
  });

  it.each(["/v1/responses", "/v1/response%73"])("answers a WebSocket on %s with 426", (path) => {
    expect(
      credential.judgeHead?.({ method: "GET", path, query: "", fields: new Fields() }),
    ).toMatchObject({ ok: false, answer: { status: 426 } });
  });

  it("lets models be listed", () => {
    for (const path of ["/v1/models", "/v1/models/gpt-5"])
      expect(
        credential.judgeHead?.({ method: "GET", path, query: "", fields: new Fields() }),
      ).toEqual({ ok: true });
  });

  it("says no as the API says that a request is wrong, which codex does not ask again", async () => {
    const judge = credential.judges?.find((one) => one.covers("POST", "/v1/responses"));
    const body = Buffer.from('{"tools":[{"type":"web_search"}]}');
    const verdict = await judge?.judge(
      { method: "POST", path: "/v1/responses", query: "", fields: new Fields(), body },
      { ask: () => Promise.reject(new Error("it asks nobody")), find: () => undefined },
    );
    expect(verdict).toMatchObject({
      ok: false,
      code: "server-side-fetch",
      answer: { status: 400 },
    });
    const told = verdict?.ok === false ? String(verdict.answer?.body) : "";
    expect(JSON.parse(told)).toMatchObject({
      error: { type: "invalid_request_error", param: null, code: "server-side-fetch" },
    });
  });
});

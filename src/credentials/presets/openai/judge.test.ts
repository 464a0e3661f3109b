import { describe, expect, it } from "vitest";
import { Fields } from "../../../gateway/http/fields.ts";
import type { OpenaiCredential } from "../../../manifest/manifest.ts";
import { judgeOpenai } from "./judge.ts";
import { compileOpenai } from "./preset.ts";

const responses = (body: object, named: readonly string[] = []): ReturnType<typeof judgeOpenai> =>
  judgeOpenai("responses", Buffer.from(JSON.stringify(body)), named);
const chat = (body: object, named: readonly string[] = []): ReturnType<typeof judgeOpenai> =>
  judgeOpenai("chat", Buffer.from(JSON.stringify(body)), named);

const base = { model: "gpt-5", input: "hello", stream: true, store: false };
const item = (value: object): object => ({ ...base, input: [value] });
const part = (value: object): object =>
  item({ type: "message", role: "user", content: [{ type: "input_text", text: "x" }, value] });
const tool = (value: object): object => ({ ...base, tools: [value] });
const said = (content: unknown): object => ({
  model: "gpt-5",
  messages: [{ role: "user", content }],
});

/** What would make the service act, with the name that allows it. */
const fetchers: readonly (readonly [string, object, string])[] = [
  ["a web search", tool({ type: "web_search", external_web_access: true }), "web_search"],
  ["a cached web search", tool({ type: "web_search", external_web_access: false }), "web_search"],
  ["a dated web search", tool({ type: "web_search_2025_08_26" }), "web_search"],
  ["an early web search", tool({ type: "web_search_preview" }), "web_search"],
  ["a dated early web search", tool({ type: "web_search_preview_2025_03_11" }), "web_search"],
  ["a file search", tool({ type: "file_search", vector_store_ids: ["vs_1"] }), "file_search"],
  [
    "a code interpreter",
    tool({ type: "code_interpreter", container: { type: "auto" } }),
    "code_interpreter",
  ],
  [
    "an MCP server",
    tool({ type: "mcp", server_label: "x", server_url: "https://attacker.example/" }),
    "mcp",
  ],
  ["a connector", tool({ type: "mcp", server_label: "x", connector_id: "connector_gmail" }), "mcp"],
  ["image generation", tool({ type: "image_generation" }), "image_generation"],
  ["a computer", tool({ type: "computer_use_preview" }), "computer_use"],
  ["a hosted shell", tool({ type: "shell", environment: { type: "container_auto" } }), "shell"],
  ["a shell of nobody knows where", tool({ type: "shell" }), "shell"],
  ["a tool that nobody knows", tool({ type: "teleport" }), "teleport"],
  [
    "a tool in a namespace",
    tool({ type: "namespace", name: "n", tools: [{ type: "web_search" }] }),
    "web_search",
  ],
  [
    "a tool in an item",
    item({
      type: "additional_tools",
      role: "developer",
      tools: [{ type: "mcp", server_url: "https://attacker.example/" }],
    }),
    "mcp",
  ],
  [
    "a tool in a namespace in an item",
    item({
      type: "additional_tools",
      tools: [{ type: "namespace", name: "n", tools: [{ type: "web_search" }] }],
    }),
    "web_search",
  ],
  [
    "a tool that was found",
    item({ type: "tool_search_output", tools: [{ type: "web_search" }] }),
    "web_search",
  ],
  [
    "an image by address",
    part({ type: "input_image", image_url: "https://attacker.example/?q=secret" }),
    "image_url",
  ],
  [
    "an image by address in an object",
    part({ type: "input_image", image_url: { url: "https://attacker.example/" } }),
    "url",
  ],
  [
    "a file by address",
    part({ type: "input_file", file_url: "https://attacker.example/a.pdf" }),
    "file_url",
  ],
  ["a file of the account", part({ type: "input_file", file_id: "file-1" }), "file_id"],
  ["an image of the account", part({ type: "input_image", file_id: "file-1" }), "file_id"],
  [
    "an image in a tool's output",
    item({
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_image", image_url: "http://attacker.example/" }],
    }),
    "image_url",
  ],
  [
    "an image in what a custom tool printed",
    item({
      type: "custom_tool_call_output",
      call_id: "c",
      output: [{ type: "input_image", image_url: "HTTPS://attacker.example/" }],
    }),
    "image_url",
  ],
  ["an item of the account", item({ type: "item_reference", id: "msg_1" }), "item_reference"],
  [
    "an approval of an MCP call",
    item({ type: "mcp_approval_response", approve: true, approval_request_id: "m" }),
    "mcp_approval_response",
  ],
  ["an item that nobody knows", item({ type: "wormhole" }), "wormhole"],
  [
    "a part that nobody knows",
    part({ type: "input_video", video_url: "https://attacker.example/" }),
    "input_video",
  ],
  ["an earlier response", { ...base, previous_response_id: "resp_1" }, "previous_response_id"],
  ["a conversation", { ...base, conversation: "conv_1" }, "conversation"],
  [
    "a prompt of the account, with tools of its own",
    { ...base, prompt: { id: "pmpt_1" } },
    "prompt",
  ],
  ["work in the background", { ...base, background: true }, "background"],
  ["a field that nobody knows", { ...base, webhook: "https://attacker.example/" }, "webhook"],
  ["a model that searches by itself", { ...base, model: "gpt-5-search-api" }, "web_search"],
  ["a model for deep research", { ...base, model: "o4-mini-deep-research" }, "web_search"],
];

const chatFetchers: readonly (readonly [string, object, string])[] = [
  ["web search", { ...said("x"), web_search_options: {} }, "web_search_options"],
  ["a model that searches", { ...said("x"), model: "gpt-4o-search-preview" }, "web_search"],
  [
    "an image by address",
    said([{ type: "image_url", image_url: { url: "https://attacker.example/" } }]),
    "url",
  ],
  ["a file of the account", said([{ type: "file", file: { file_id: "file-1" } }]), "file_id"],
  ["a tool of the service", { ...said("x"), tools: [{ type: "web_search" }] }, "web_search"],
  ["fields of the other API", { ...said("x"), input: "x" }, "input"],
];

describe("the judge of OpenAI requests", () => {
  it.each(fetchers)("refuses %s, and says how the owner can allow it", (_what, body, name) => {
    expect(responses(body, ["something_else"])).toMatchObject({
      ok: false,
      code: "server-side-fetch",
      message: expect.stringMatching(/serverTools: \[[\w.:-]+\]$/) as string,
    });
    expect(responses(body, [name])).toEqual({ ok: true });
  });

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
});

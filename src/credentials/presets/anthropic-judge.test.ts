import { describe, expect, it } from "vitest";
import { base, fetchers } from "../../../tests/support/fetchers.ts";
import { judgeAnthropic } from "./anthropic-judge.ts";

const judge = (
  body: unknown,
  serverTools: readonly string[] = [],
): ReturnType<typeof judgeAnthropic> =>
  judgeAnthropic(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), serverTools);
const block = (content: unknown): object => ({
  ...base,
  messages: [{ role: "user", content: [content] }],
});
const tool = (value: unknown): object => ({ ...base, tools: [value] });

describe("judge of model requests", () => {
  it.each(fetchers)("refuses %s", (_name, body) => {
    expect(judge(body)).toMatchObject({ ok: false, code: "server-side-fetch" });
  });

  it.each(fetchers)("refuses %s also when every other name is allowed", (_name, body) => {
    expect(judge(body, ["something_else", "source_base64"])).toMatchObject({ ok: false });
  });

  it.each<[string, unknown, string]>([
    [
      "mcp_servers",
      { ...base, mcp_servers: [{ type: "url", url: "https://docs.example/mcp", name: "x" }] },
      "mcp_servers",
    ],
    [
      "a server tool with its date",
      tool({ type: "web_search_20250305", name: "web_search" }),
      "web_search_20250305",
    ],
    [
      "a server tool without its date",
      tool({ type: "web_search_20250305", name: "web_search" }),
      "web_search",
    ],
    ["a toolset", tool({ type: "mcp_toolset", mcp_server_name: "x" }), "mcp_toolset"],
    [
      "a kind of source",
      block({ type: "image", source: { type: "url", url: "https://docs.example/a.png" } }),
      "source_url",
    ],
    ["a kind of block", block({ type: "web_page", url: "https://docs.example/" }), "web_page"],
  ])("lets %s pass when serverTools names it", (_name, body, name) => {
    expect(judge(body)).toMatchObject({ ok: false });
    expect(judge(body, [name])).toEqual({ ok: true });
  });

  it("names the remedy, and shows nothing of the request that could steer a terminal", () => {
    expect(judge(tool({ type: "web_search_20250305" }))).toMatchObject({
      message: expect.stringContaining("serverTools: [web_search_20250305]") as string,
    });
    expect(judge(tool({ type: "\u001b]52;c;x\u0007" }))).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^[\x20-\x7e]+$/) as string,
    });
  });

  it.each<[string, string]>([
    ["a second tools key", '{"tools":[],"messages":[],"tools":[{"type":"web_fetch_20250910"}]}'],
    [
      "a second key hidden by an escape",
      '{"tools":[],"messages":[],"t\\u006fols":[{"type":"web_fetch_20250910"}]}',
    ],
    ["a second type in a tool", '{"tools":[{"type":"web_fetch_20250910","type":"custom"}]}'],
    [
      "a second key deep inside a tool's input",
      '{"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"a":{"b":1,"b":2}}}]}]}',
    ],
    ["a key in capitals", '{"Tools":[{"type":"web_fetch_20250910"}]}'],
    ["a key with a look-alike letter", '{"tool\u017f":[{"type":"web_fetch_20250910"}]}'],
    [
      "a type in capitals under another key",
      '{"tools":[{"Type":"web_fetch_20250910","name":"x"}]}',
    ],
    ["a byte order mark", '\ufeff{"messages":[]}'],
    ["two documents", '{"messages":[]}{"mcp_servers":[1]}'],
    ["a comment", '{"messages":[]/*"*/}'],
    ["a single quote", "{'messages':[]}"],
    ["a trailing comma", '{"messages":[],}'],
    ["NaN", '{"temperature":NaN}'],
    ["a raw line break in a key", '{"mess\nages":[]}'],
    ["a list", '[{"messages":[]}]'],
    ["a text", '"messages"'],
    ["no end", '{"messages":["'],
    ["a colon without a key", '{:"x"}'],
    ["a tool that is no object", '{"tools":["web_fetch_20250910"]}'],
    ["tools that are no list", '{"tools":{"0":{"type":"web_fetch_20250910"}}}'],
    ["a tool's type that is no text", '{"tools":[{"type":["web_fetch_20250910"]}]}'],
    [
      "a block without a type",
      '{"messages":[{"role":"user","content":[{"source":{"type":"text"}}]}]}',
    ],
    [
      "__proto__ as a field",
      '{"__proto__":{"tools":[{"type":"web_fetch_20250910"}]},"messages":[]}',
    ],
    ["depth", `{"messages":${"[".repeat(300)}${"]".repeat(300)}}`],
    ["great depth", "[".repeat(5_000_000)],
  ])("refuses %s", (_name, body) => {
    expect(judge(body)).toMatchObject({ ok: false });
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(
      judgeAnthropic(
        Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
        [],
      ),
    ).toMatchObject({ ok: false, code: "body-unreadable" });
    expect(judgeAnthropic(Buffer.from(JSON.stringify(base), "utf16le"), [])).toMatchObject({
      ok: false,
    });
    expect(judgeAnthropic(Buffer.from([0x1f, 0x8b, 8, 0]), [])).toMatchObject({ ok: false });
  });

  it("passes what Claude Code sends: tools without a type, tool calls and results, images, thinking, system messages", () => {
    const body = {
      ...base,
      stream: true,
      system: [{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }],
      metadata: { user_id: '{"device_id":"x","account_uuid":"","session_id":"y"}' },
      thinking: { type: "adaptive" },
      context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
      output_config: {
        effort: "medium",
        format: { type: "json_schema", schema: { properties: { Url: { type: "url" } } } },
      },
      mcp_servers: [],
      container: null,
      fallbacks: [{ model: "m", max_tokens: 1, thinking: { type: "adaptive" } }, "other"],
      tools: [
        {
          name: "Bash",
          description: "d",
          input_schema: {
            $schema: "x",
            properties: { "file-id": { type: "string" }, source: { type: "url" } },
          },
        },
        {
          type: "custom",
          name: "T",
          input_schema: {},
          defer_loading: true,
          eager_input_streaming: true,
          input_examples: [{ file_id: "f" }],
        },
        { type: "bash_20250124", name: "bash" },
        { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
        { type: "memory_20250818", name: "memory" },
        { type: "computer_20251124", name: "computer", display_width_px: 1, display_height_px: 1 },
        { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" },
        { type: "tool_search_tool_bm25", name: "tool_search_tool_bm25" },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: 'mcp_servers "type":"url"' },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
          ],
        },
        { role: "system", content: "text" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "x", signature: "s" },
            { type: "redacted_thinking", data: "x" },
            {
              type: "tool_use",
              id: "t",
              name: "Fetch",
              input: { type: "url", URL: "https://x", file_id: "f", source: { type: "url" } },
              caller: { type: "direct" },
            },
            {
              type: "server_tool_use",
              id: "s",
              name: "tool_search_tool_regex",
              input: { query: "x" },
            },
            {
              type: "tool_search_tool_result",
              tool_use_id: "s",
              content: {
                type: "tool_search_tool_search_result",
                tool_references: [{ type: "tool_reference", tool_name: "T" }],
              },
            },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t",
              is_error: false,
              content: [
                { type: "text", text: "x" },
                { type: "tool_reference", tool_name: "T" },
                {
                  type: "image",
                  source: { type: "base64", media_type: "image/png", data: "AA==" },
                },
              ],
            },
            { type: "tool_result", tool_use_id: "u", content: "text" },
            {
              type: "document",
              source: { type: "text", media_type: "text/plain", data: "x" },
              title: "t",
              citations: { enabled: true },
            },
            {
              type: "document",
              source: { type: "content", content: [{ type: "text", text: "x" }] },
            },
            {
              type: "search_result",
              source: "https://docs.example/",
              title: "t",
              content: [{ type: "text", text: "x" }],
            },
          ],
        },
      ],
    };
    expect(judge(body)).toEqual({ ok: true });
  });

  it("passes a request without a body", () => {
    expect(judgeAnthropic(Buffer.alloc(0), [])).toEqual({ ok: true });
  });
});

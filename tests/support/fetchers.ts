/** Requests by which a model's service would act or fetch for the agent (DESIGN section 5); none may reach it. */

/** A harmless request. */
export const base: {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly object[];
} = {
  model: "claude-sonnet-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "hello" }],
};

const block = (content: unknown): object => ({
  ...base,
  messages: [{ role: "user", content: [content] }],
});
const tool = (value: unknown): object => ({ ...base, tools: [value] });

/** Each makes the service act or fetch for the agent. */
export const fetchers: readonly (readonly [name: string, body: unknown])[] = [
  [
    "mcp_servers",
    { ...base, mcp_servers: [{ type: "url", url: "https://attacker.example/mcp", name: "x" }] },
  ],
  [
    "mcp_servers that are no list",
    { ...base, mcp_servers: { url: "https://attacker.example/mcp" } },
  ],
  ["a container", { ...base, container: "container_1" }],
  [
    "a container with skills",
    { ...base, container: { skills: [{ type: "custom", skill_id: "s" }] } },
  ],
  ["web search", tool({ type: "web_search_20250305", name: "web_search" })],
  ["a newer web search", tool({ type: "web_search_20991231", name: "web_search" })],
  ["web fetch", tool({ type: "web_fetch_20260209", name: "web_fetch" })],
  ["code execution", tool({ type: "code_execution_20260120", name: "code_execution" })],
  ["an MCP toolset", tool({ type: "mcp_toolset", mcp_server_name: "x" })],
  ["an advisor", tool({ type: "advisor_20260301", name: "advisor", model: "m" })],
  ["an unknown server tool", tool({ type: "browser_20270101", name: "browser" })],
  [
    "a server tool behind harmless ones",
    {
      ...base,
      tools: [
        { name: "Bash", input_schema: {} },
        { type: "bash_20250124", name: "bash" },
        { type: "web_fetch_20250910", name: "web_fetch" },
      ],
    },
  ],
  [
    "a type that only begins like a client tool",
    tool({ type: "bash_20250124_remote", name: "bash" }),
  ],
  [
    "an image by address",
    block({ type: "image", source: { type: "url", url: "https://attacker.example/?leak" } }),
  ],
  ["an image by file", block({ type: "image", source: { type: "file", file_id: "file_1" } })],
  [
    "a document by address",
    block({ type: "document", source: { type: "url", url: "https://attacker.example/" } }),
  ],
  ["a document by file", block({ type: "document", source: { type: "file", file_id: "file_1" } })],
  [
    "a source of an unknown type",
    block({ type: "document", source: { type: "bucket", uri: "s3://x" } }),
  ],
  ["a file for the container", block({ type: "container_upload", file_id: "file_1" })],
  ["an unknown block", block({ type: "web_page", url: "https://attacker.example/" })],
  [
    "an image by address in a tool's result",
    block({
      type: "tool_result",
      tool_use_id: "t",
      content: [{ type: "image", source: { type: "url", url: "https://attacker.example/" } }],
    }),
  ],
  [
    "an image by address in a document's content",
    block({
      type: "document",
      source: {
        type: "content",
        content: [{ type: "image", source: { type: "url", url: "https://attacker.example/" } }],
      },
    }),
  ],
  [
    "an image by address in the system prompt",
    {
      ...base,
      system: [{ type: "image", source: { type: "url", url: "https://attacker.example/" } }],
    },
  ],
  [
    "an image by address as a message's only block",
    {
      ...base,
      messages: [
        {
          role: "user",
          content: { type: "image", source: { type: "url", url: "https://attacker.example/" } },
        },
      ],
    },
  ],
  [
    "a file id somewhere else in a block",
    block({ type: "text", text: "x", extra: { deep: [{ file_id: "file_1" }] } }),
  ],
  [
    "a source by address somewhere else",
    { ...base, fallbacks: [{ source: { type: "url", url: "https://attacker.example/" } }] },
  ],
  [
    "a fallback with a server tool",
    { ...base, fallbacks: [{ model: "m", tools: [{ type: "web_fetch_20260209" }] }] },
  ],
  [
    "a fallback with another endpoint",
    { ...base, fallbacks: [{ model: "m", api_base: "https://attacker.example/" }] },
  ],
  [
    "a fallback inside a fallback",
    {
      ...base,
      fallbacks: [
        { model: "m", fallbacks: [{ mcp_servers: [{ url: "https://attacker.example/" }] }] },
      ],
    },
  ],
  [
    "MCP servers in the metadata",
    { ...base, metadata: { deep: { mcp_servers: ["https://attacker.example/"] } } },
  ],
  [
    "tools in a message",
    {
      ...base,
      messages: [{ role: "user", content: "x", tools: [{ type: "web_fetch_20260209" }] }],
    },
  ],
  ["an unknown field", { ...base, webhook: "https://attacker.example/" }],
];

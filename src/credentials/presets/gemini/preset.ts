/** The Gemini API, or an endpoint that speaks its language: model requests and nothing else of the account. */
import type { Credential, JudgedRequest, Verdict } from "../../../gateway/config.ts";
import type { GeminiCredential } from "../../../manifest/manifest.ts";
import { endpoint } from "../endpoint.ts";
import { judgeGemini } from "./judge.ts";

/** `secret` goes out as an API key. */
export function compileGemini(
  spec: GeminiCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const { authority, basePath } = endpoint("gemini", spec.url);
  const models = `${basePath}/v1beta/models`;
  const credential: Credential = {
    name: "gemini",
    authorities: [authority],
    rules: [
      {
        methods: ["POST"],
        paths: ["generateContent", "streamGenerateContent", "countTokens"].map(
          (verb) => `${models}/*:${verb}`,
        ),
      },
      { methods: ["GET"], paths: [models, `${models}/*`] },
    ],
    strip: [
      "authorization",
      "proxy-authorization",
      "x-goog-api-key",
      "x-goog-iam-authorization-token",
      "x-goog-user-project",
    ],
    set: [{ name: "x-goog-api-key", value: secret }],
    secret,
    placeholder,
    judgeHead: judgeQuery,
    judges: [
      {
        covers: (method) => method === "POST",
        media: "json",
        judge: ({ body }) => judgeGemini(body, spec.serverTools),
      },
    ],
    dialect: "gemini",
    readsConversation: true,
    route: { prefix: "/gemini", authority, basePath },
  };
  return [credential];
}

/**
 * System parameters can carry another account's key or another method (cloud.google.com/apis/docs/system-parameters); these
 * carry neither.
 */
const parameters: ReadonlySet<string> = new Set(["alt", "pageSize", "pageToken", "prettyPrint"]);

function judgeQuery({ query }: JudgedRequest): Verdict {
  for (const name of new URLSearchParams(query).keys())
    if (!parameters.has(name))
      return {
        ok: false,
        code: "credential-rule",
        message:
          "The credential for this host takes no query parameter but alt, pageSize, pageToken and prettyPrint; a key goes into the header x-goog-api-key.",
      };
  return { ok: true };
}

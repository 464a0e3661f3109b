/** The Anthropic API, or an endpoint that speaks its language: model requests and nothing else of the account. */
import { BottleError } from "../../errors/error.ts";
import type { Credential, RequestRule } from "../../gateway/config.ts";
import type { AnthropicCredential } from "../../manifest/manifest.ts";
import { judgeAnthropic } from "./anthropic-judge.ts";
import { endpoint } from "./endpoint.ts";

/** OAuth tokens of a subscription go into `authorization`, keys of an account into `x-api-key`. */
export function anthropicSecretKind(secret: string): "oauth" | "api-key" {
  return secret.startsWith("sk-ant-oat") ? "oauth" : "api-key";
}

/** What the manifest's entry allows; `secret` is set in the one header that its kind goes into. */
export function compileAnthropic(
  spec: AnthropicCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  if (/^sk-ant-(?:ort|sid)/.test(secret))
    throw new BottleError({
      code: "E_CREDENTIAL_SECRET",
      what: "The secret of the anthropic credential is no access token.",
      why: "It is a refresh token or a browser session, which the API does not take.",
      next: "Use an API key (sk-ant-api…) or the token that `claude setup-token` prints (sk-ant-oat…).",
    });
  const { authority, basePath } = endpoint("anthropic", spec.url);
  const oauth = anthropicSecretKind(secret) === "oauth";
  const credential: Credential = {
    name: "anthropic",
    authorities: [authority],
    rules: rules(basePath),
    strip: ["authorization", "x-api-key", "proxy-authorization"],
    set: [
      oauth
        ? { name: "authorization", value: `Bearer ${secret}` }
        : { name: "x-api-key", value: secret },
    ],
    secret,
    placeholder,
    judges: [
      {
        covers: (method) => method === "POST",
        media: "json",
        judge: ({ body }) => judgeAnthropic(body, spec.serverTools),
      },
    ],
    dialect: "anthropic",
    readsConversation: true,
    route: { prefix: "/anthropic", authority, basePath },
  };
  return [credential];
}

function rules(basePath: string): readonly RequestRule[] {
  return [
    {
      methods: ["POST"],
      paths: [`${basePath}/v1/messages`, `${basePath}/v1/messages/count_tokens`],
    },
    { methods: ["GET"], paths: [`${basePath}/v1/models`, `${basePath}/v1/models/*`] },
  ];
}

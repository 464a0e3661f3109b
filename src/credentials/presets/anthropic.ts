/** The Anthropic API, or an endpoint that speaks its language: model requests and nothing else of the account. */
import { isIP } from "node:net";
import { BottleError } from "../../errors/error.ts";
import type { Authority, Credential, RequestRule } from "../../gateway/config.ts";
import type { AnthropicCredential } from "../../manifest/manifest.ts";
import { judgeAnthropic } from "./anthropic-judge.ts";

/** OAuth tokens of a subscription go into `authorization`, keys of an account into `x-api-key`. */
export function anthropicSecretKind(secret: string): "oauth" | "api-key" {
  return secret.startsWith("sk-ant-oat") ? "oauth" : "api-key";
}

/** What the manifest's entry allows; `secret` is set in the one header that its kind goes into. */
export function compileAnthropic(
  spec: AnthropicCredential,
  secret: string,
  placeholder: string,
): Credential {
  if (/^sk-ant-(?:ort|sid)/.test(secret))
    throw new BottleError({
      code: "E_CREDENTIAL_SECRET",
      what: "The secret of the anthropic credential is no access token.",
      why: "It is a refresh token or a browser session, which the API does not take.",
      next: "Use an API key (sk-ant-api…) or the token that `claude setup-token` prints (sk-ant-oat…).",
    });
  const { authority, basePath } = endpoint(spec.url);
  const oauth = anthropicSecretKind(secret) === "oauth";
  return {
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

/** A base URL's authority and path; plain http only to an address that the manifest names, or this host. */
function endpoint(text: string): { readonly authority: Authority; readonly basePath: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw urlError("It is no URL.");
  const scheme =
    url.protocol === "https:" ? "https" : url.protocol === "http:" ? "http" : undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const basePath = url.pathname.replace(/\/+$/, "");
  if (scheme === undefined) throw urlError("Its scheme is neither https nor http.");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw urlError("It holds more than host, port and path.");
  if (!/^(?:\/[\w.~-]+)*$/.test(basePath) || /\/\.{1,2}(?:\/|$)/.test(basePath))
    throw urlError("Its path has characters beyond letters, digits and `-._~`.");
  if (scheme === "http" && isIP(host) === 0 && host !== "localhost")
    throw urlError(
      "Plain http would show the secret to the network: it is only for an address or localhost.",
    );
  if (host === "" || host.endsWith("."))
    throw urlError("Its host is not one plain name or address.");
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { authority: { scheme, host, port }, basePath };
}

function urlError(why: string): BottleError {
  return new BottleError({
    code: "E_CREDENTIAL_URL",
    what: "The url of the anthropic credential cannot be used.",
    why,
    next: "Write it as https://host[:port][/path].",
  });
}

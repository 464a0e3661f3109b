/** The OpenAI API, or an endpoint that speaks its language: model requests and nothing else of the account. */
import type { Credential, JudgedRequest, Verdict } from "../../../gateway/config.ts";
import type { OpenaiCredential } from "../../../manifest/manifest.ts";
import { endpoint } from "../endpoint.ts";
import { judgeOpenai } from "./judge.ts";

/** `secret` goes out as a bearer token; which organisation or project pays is the key's own affair. */
export function compileOpenai(
  spec: OpenaiCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const { authority, basePath } = endpoint("openai", spec.url);
  const at = (path: string): string => `${basePath}/v1/${path}`;
  const chat = at("chat/completions");
  const credential: Credential = {
    name: "openai",
    authorities: [authority],
    rules: [
      {
        methods: ["POST"],
        paths: [at("responses"), at("responses/compact"), at("responses/input_tokens"), chat],
      },
      { methods: ["GET"], paths: [at("models"), at("models/*"), at("responses")] },
    ],
    strip: ["authorization", "proxy-authorization", "openai-organization", "openai-project"],
    set: [{ name: "authorization", value: `Bearer ${secret}` }],
    secret,
    placeholder,
    judgeHead: (request) => refuseSocket(request, at("models")),
    judges: [
      {
        covers: (method) => method === "POST",
        media: "json",
        judge: ({ path, body }) => {
          const api = path.endsWith("/completions") ? "chat" : "responses";
          const verdict = judgeOpenai(api, body, spec.serverTools);
          return verdict.ok ? verdict : answered(400, verdict.code, verdict.message);
        },
      },
    ],
    dialect: "openai",
    readsConversation: true,
    route: { prefix: "/openai", authority, basePath },
  };
  return [credential];
}

/**
 * Codex asks for a WebSocket first, whose messages nobody here would judge; told 426 it goes on with plain requests at once,
 * and anything else costs it seconds.
 */
function refuseSocket({ method, path }: JudgedRequest, models: string): Verdict {
  // Compared as it goes out: what only reads as the same path is refused with the rest.
  if (method !== "GET" || path === models || path.startsWith(`${models}/`)) return { ok: true };
  return answered(426, "upgrade-not-supported", "The model is asked by POST, not by WebSocket.");
}

/** As the API says that a request is wrong: codex asks again for seconds where it is told 403, and tells its user at once on 400. */
function answered(status: number, code: string, message: string): Verdict {
  const error = {
    message: `claude-bottle: ${message}`,
    type: "invalid_request_error",
    param: null,
    code,
  };
  const body = Buffer.from(JSON.stringify({ error }));
  return { ok: false, code, message, answer: { status, type: "application/json", body } };
}

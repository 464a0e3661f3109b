/** What a refusal says in JSON, in each service's own form of an error: its clients show that to their user. */
import type { Dialect } from "./config.ts";

interface Told {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

const bodies: Readonly<Record<Dialect, (told: Told) => object>> = {
  // Messages API reference, "Errors".
  anthropic: ({ status, message }) => ({
    type: "error",
    error: { type: anthropicType(status), message },
  }),
  // AIP-193; the Gemini API answers with its JSON form.
  gemini: ({ status, message }) => ({
    error: { code: status, message, status: googleStatus(status) },
  }),
  // GitHub and Gitea: the REST error, which `gh` and `tea` print.
  message: ({ code, message }) => ({ message, code }),
  // npm prints `error` where it is text (npm-registry-fetch, errors.js).
  npm: ({ code, message }) => ({ error: message, code }),
  // API reference, "Error codes".
  openai: ({ code, status, message }) => ({
    error: { message, type: openaiType(status), param: null, code },
  }),
  plain: ({ code, message }) => ({ error: { code, message } }),
};

/** The object that a refusal's body is. */
export function refusalBody(dialect: Dialect, { code, status, message }: Told): object {
  return bodies[dialect]({ code, status, message: `claude-bottle: ${message}` });
}

/** The error types that the Messages API documents for these statuses. */
function anthropicType(status: number): string {
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  return status >= 500 ? "api_error" : "invalid_request_error";
}

function openaiType(status: number): string {
  if (status === 403) return "permission_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

/** google.rpc.Code by its HTTP mapping. */
function googleStatus(status: number): string {
  if (status === 403) return "PERMISSION_DENIED";
  if (status === 404) return "NOT_FOUND";
  return status >= 500 ? "UNAVAILABLE" : "INVALID_ARGUMENT";
}

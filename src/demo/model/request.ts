/** What the scripted model demands of a request before it answers: the published shape, and the real credential. */
import type { IncomingHttpHeaders } from "node:http";

/** A request as it arrived, kept for checks. Its body is text from a bottle. */
export interface SeenRequest {
  /** Milliseconds since the epoch at which the head was complete. */
  readonly at: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** What was answered; 0 until then. */
  status: number;
}

export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

export interface MessagesRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly assistantMessages: number;
  readonly hasTools: boolean;
}

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** An error with the type the API documents for its status. */
export function apiError(status: number, message: string): ApiError {
  return { status, type: errorTypes[status] ?? "api_error", message };
}

/**
 * Exactly one of the two authentication headers, and with the real credential. An OAuth token needs its beta flag:
 * the API refuses it otherwise.
 */
export function checkCredential(headers: IncomingHttpHeaders, token: string): ApiError | undefined {
  const { authorization } = headers;
  const apiKey = headers["x-api-key"];
  if (authorization !== undefined && apiKey !== undefined)
    return apiError(401, "both authorization and x-api-key are present");
  const oauth = token.startsWith("sk-ant-oat");
  const good = oauth ? authorization === `Bearer ${token}` : apiKey === token;
  if (!good) return apiError(401, oauth ? "invalid bearer token" : "invalid x-api-key");
  if (oauth && !String(headers["anthropic-beta"]).includes("oauth-2025-04-20"))
    return apiError(401, "OAuth authentication is currently not supported.");
  return undefined;
}

/** The parts of a body that the script needs, or why the API would refuse it. */
export function readMessagesRequest(
  headers: IncomingHttpHeaders,
  body: string,
): MessagesRequest | ApiError {
  if (headers["anthropic-version"] !== "2023-06-01")
    return apiError(400, "anthropic-version: header is required");
  const parsed = parseObject(body);
  if (parsed === undefined) return apiError(400, "The request body is not valid JSON");
  const { model, messages, stream, tools } = parsed;
  if (typeof model !== "string") return apiError(400, "model: Field required");
  if (!Array.isArray(messages) || messages.length === 0)
    return apiError(400, "messages: Field required");
  const roles = messages.map((message: unknown) =>
    typeof message === "object" && message !== null && "role" in message ? message.role : undefined,
  );
  return {
    model,
    stream: stream === true,
    assistantMessages: roles.filter((role) => role === "assistant").length,
    hasTools: Array.isArray(tools) && tools.length > 0,
  };
}

/** The `tool_result` texts of a request, oldest first: what the agent's tools brought back. */
export function toolResults(body: string): readonly string[] {
  const messages = parseObject(body)?.["messages"];
  if (!Array.isArray(messages)) return [];
  return messages.flatMap((message: unknown) => contentBlocks(message).flatMap(resultText));
}

function contentBlocks(message: unknown): readonly unknown[] {
  if (typeof message !== "object" || message === null || !("content" in message)) return [];
  return Array.isArray(message.content) ? (message.content as unknown[]) : [];
}

function resultText(block: unknown): readonly string[] {
  if (typeof block !== "object" || block === null || !("type" in block)) return [];
  if (block.type !== "tool_result" || !("content" in block)) return [];
  const { content } = block;
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [""];
  const texts = content.map((part: unknown) =>
    typeof part === "object" && part !== null && "text" in part ? String(part.text) : "",
  );
  return [texts.join("\n")];
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

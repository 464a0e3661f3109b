/**
 * The parts of the Messages API that a bottle may use freely: they make the service fetch, run or read nothing that is
 * not in the request itself. Everything else is refused until `serverTools:` names it.
 */

/** Fields of a request. */
export const requestFields: ReadonlySet<string> = new Set([
  "anthropic_beta",
  "betas",
  "cache_control",
  "compaction",
  "context_management",
  "diagnostics",
  "fallback_credit_token",
  "fallbacks",
  "inference_geo",
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "output_config",
  "output_format",
  "service_tier",
  "speed",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
]);

/** Types of content blocks and of what stands inside them; results of server tools are only their history. */
export const blockTypes: ReadonlySet<string> = new Set([
  "bash_code_execution_tool_result",
  "code_execution_tool_result",
  "compaction",
  "document",
  "image",
  "mcp_tool_result",
  "mcp_tool_use",
  "redacted_thinking",
  "search_result",
  "server_tool_use",
  "text",
  "text_editor_code_execution_tool_result",
  "thinking",
  "tool_reference",
  "tool_result",
  "tool_search_tool_result",
  "tool_search_tool_result_error",
  "tool_search_tool_search_result",
  "tool_use",
  "web_fetch_tool_result",
  "web_fetch_tool_result_error",
  "web_search_result",
  "web_search_tool_result",
  "web_search_tool_result_error",
]);

/** Blocks whose `input` is the model's own data. */
export const callTypes: ReadonlySet<string> = new Set([
  "mcp_tool_use",
  "server_tool_use",
  "tool_use",
]);

/** Sources that hold their content. */
export const sourceTypes: ReadonlySet<string> = new Set(["base64", "content", "text"]);

/** Tools that the agent runs itself, and tool search, which looks only through the tools of the request. */
const harmlessTool =
  /^(?:custom|(?:bash|text_editor|computer|memory)_\d{8}|tool_search_tool_(?:regex|bm25)(?:_\d{8})?)$/;

export function isHarmlessTool(type: string): boolean {
  return harmlessTool.test(type);
}

/** A server tool may be named with its date (`web_search_20250305`) or without (`web_search`). */
export function isNamed(named: ReadonlySet<string>, term: string): boolean {
  return named.has(term) || named.has(term.replace(/_\d{8}$/, ""));
}

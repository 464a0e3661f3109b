/**
 * The parts of the Responses and Chat Completions APIs that a bottle may use freely: they make the service fetch, run, keep or
 * read nothing that is not in the request itself. Everything else is refused until `serverTools:` names it.
 */

const shared = [
  "metadata",
  "model",
  "parallel_tool_calls",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "service_tier",
  // Kept with the account, where the bottle cannot look: its paths are not allowed.
  "store",
  "stream",
  "stream_options",
  "temperature",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "user",
  "verbosity",
] as const;

/** Fields of `POST /v1/responses`. */
export const responseFields: ReadonlySet<string> = new Set([
  ...shared,
  "client_metadata",
  "context_management",
  "include",
  "input",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "reasoning",
  "text",
  "truncation",
]);

/** Fields of `POST /v1/chat/completions`. */
export const chatFields: ReadonlySet<string> = new Set([
  ...shared,
  "audio",
  "frequency_penalty",
  "function_call",
  "functions",
  "logit_bias",
  "logprobs",
  "max_completion_tokens",
  "max_tokens",
  "messages",
  "modalities",
  "n",
  "prediction",
  "presence_penalty",
  "reasoning_effort",
  "response_format",
  "seed",
  "stop",
]);

/** What holds schemas and words of the agent's own, which nobody acts on. */
export const ownFields: ReadonlySet<string> = new Set([
  "client_metadata",
  "function_call",
  "functions",
  "include",
  "logit_bias",
  "metadata",
  "response_format",
  "text",
  "tool_choice",
]);

/** Items of `input` that are said or done by the agent and its model. */
export const itemTypes: ReadonlySet<string> = new Set([
  "additional_tools",
  "agent_message",
  "apply_patch_call",
  "apply_patch_call_output",
  "compaction",
  "compaction_summary",
  "compaction_trigger",
  "configuration_update",
  "context_compaction",
  "custom_tool_call",
  "custom_tool_call_output",
  "function_call",
  "function_call_output",
  "local_shell_call",
  "local_shell_call_output",
  "message",
  "reasoning",
  "shell_call",
  "shell_call_output",
  "tool_search_call",
  "tool_search_output",
]);

/** Parts of a message. */
export const partTypes: ReadonlySet<string> = new Set([
  "audio",
  "encrypted_content",
  "file",
  "function",
  "image_url",
  "input_audio",
  "input_file",
  "input_image",
  "input_text",
  "output_text",
  "reasoning_text",
  "refusal",
  "summary_text",
  "text",
]);

/** Tools that the agent runs itself, and the search through tools of the request. */
export const toolTypes: ReadonlySet<string> = new Set([
  "apply_patch",
  "custom",
  "function",
  "local_shell",
  "namespace",
  "tool_search",
]);

/** A server tool may be named with its date (`web_search_2025_08_26`) or without, and `_preview` or without. */
export function isNamed(named: ReadonlySet<string>, type: string): boolean {
  const undated = type.replace(/_\d{4}_\d{2}_\d{2}$/, "");
  return named.has(type) || named.has(undated) || named.has(undated.replace(/_preview$/, ""));
}

/** Models that search the web without being asked by a tool. */
export function searchesByItself(model: string): boolean {
  return /search|deep-research/i.test(model);
}

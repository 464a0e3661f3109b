/** How the APIs of models say what an answer cost. */
import type { Dialect } from "./config.ts";
import type { TokenCounts } from "./tokens.ts";

export interface UsageFormat {
  /** Paths whose answers say it. */
  readonly path: RegExp;
  /** The object that says it. */
  readonly key: string;
  /** What of it is a count. */
  read(usage: unknown): Partial<TokenCounts>;
}

type Names = Readonly<Partial<Record<keyof TokenCounts, readonly string[]>>>;

/** Messages API reference, "Create a Message": what the cache gave is not part of the input. */
const messages: Names = {
  input: ["input_tokens"],
  output: ["output_tokens"],
  cacheRead: ["cache_read_input_tokens"],
  cacheWrite: ["cache_creation_input_tokens"],
};

export const usageFormats: Readonly<Partial<Record<Dialect, UsageFormat>>> = {
  anthropic: { path: /\/v1\/messages$/, key: "usage", read: (usage) => counts(usage, messages) },
  // API reference, "UsageMetadata": thoughts are paid as output; what the cache gave is part of the prompt.
  gemini: {
    path: /:(?:streamG|g)enerateContent$/,
    key: "usageMetadata",
    read: (usage) =>
      withoutCache(
        counts(usage, {
          input: ["promptTokenCount", "toolUsePromptTokenCount"],
          output: ["candidatesTokenCount", "thoughtsTokenCount"],
          cacheRead: ["cachedContentTokenCount"],
        }),
      ),
  },
  // API reference, "Responses" and "Chat Completions": what the cache gave is part of the input.
  openai: {
    path: /\/v1\/(?:responses|responses\/compact|chat\/completions)$/,
    key: "usage",
    read: (usage) => {
      const told = fieldsOf(usage);
      const chat = told["prompt_tokens"] !== undefined;
      const details = fieldsOf(told[chat ? "prompt_tokens_details" : "input_tokens_details"]);
      return withoutCache({
        ...counts(
          told,
          chat
            ? { input: ["prompt_tokens"], output: ["completion_tokens"] }
            : { input: ["input_tokens"], output: ["output_tokens"] },
        ),
        ...counts(details, { cacheRead: ["cached_tokens"] }),
      });
    },
  },
};

/** More tokens than any answer has: what is above is no count. */
const mostTokens = 1e9;

/** Of each count the sum of what is there; none where nothing is. */
function counts(usage: unknown, names: Names): Partial<TokenCounts> {
  const told = fieldsOf(usage);
  const found: Partial<TokenCounts> = {};
  for (const [name, keys] of Object.entries(names) as [keyof TokenCounts, readonly string[]][]) {
    const numbers = keys.map((key) => told[key]).filter(isCount);
    if (numbers.length > 0) found[name] = numbers.reduce((sum, one) => sum + one, 0);
  }
  return found;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= mostTokens;
}

function withoutCache(told: Partial<TokenCounts>): Partial<TokenCounts> {
  const { input, cacheRead = 0 } = told;
  return input === undefined ? told : { ...told, input: Math.max(0, input - cacheRead) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

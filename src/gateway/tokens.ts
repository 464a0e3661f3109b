/**
 * Counts the tokens that a model's answers tell of, as they pass (Messages API reference, "Create a Message" and "Streaming
 * Messages"). The bytes are looked at behind the bottle's back: none is changed, held up or kept longer than one small line.
 */
import type { Credential } from "./config.ts";
import type { ResponseHead } from "./http/response-head.ts";

/** Sums over all answers of one gateway. */
export interface TokenCounts {
  input: number;
  output: number;
  /** Input that was read from, or written to, the model's cache; not part of `input`. */
  cacheRead: number;
  cacheWrite: number;
}

/** Reads one answer. */
export interface TokenMeter {
  push(part: Buffer): void;
  /** The answer is over, whole or cut: what it told of is added to the sums. */
  end(): void;
}

/** Characters of a line, or of a `usage` object, that are looked at; ours have a few hundred. */
const longestLine = 64 * 1024;
const longestUsage = 8 * 1024;
/** More tokens than any answer has: what is above is no count. */
const mostTokens = 1e9;

const names = {
  input: "input_tokens",
  output: "output_tokens",
  cacheRead: "cache_read_input_tokens",
  cacheWrite: "cache_creation_input_tokens",
} as const satisfies Record<keyof TokenCounts, string>;

export function noTokens(): TokenCounts {
  return { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
}

/** Undefined for answers that tell of no tokens. `target` is the request's, `sums` are added to. */
export function meterFor(
  { dialect }: Pick<Credential, "dialect">,
  target: string,
  { status, fields }: Pick<ResponseHead, "status" | "fields">,
  sums: TokenCounts,
): TokenMeter | undefined {
  const path = target.split("?", 1)[0] ?? "";
  if (dialect !== "anthropic" || status !== 200 || !path.endsWith("/v1/messages")) return undefined;
  const type = fields.first("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "text/event-stream" && type !== "application/json") return undefined;
  const seen = noTokens();
  // What comes later counts for all before: the numbers of a stream are sums themselves.
  const note = (usage: unknown): void => {
    for (const [name, key] of Object.entries(names) as [keyof TokenCounts, string][])
      seen[name] = countIn(usage, key) ?? seen[name];
  };
  return {
    push: type === "application/json" ? readObject(note) : readEvents(note),
    end() {
      for (const name of Object.keys(names) as (keyof TokenCounts)[]) {
        sums[name] += seen[name];
        seen[name] = 0;
      }
    },
  };
}

function countIn(usage: unknown, key: string): number | undefined {
  if (typeof usage !== "object" || usage === null) return undefined;
  const count = (usage as Readonly<Record<string, unknown>>)[key];
  return Number.isSafeInteger(count) && Number(count) >= 0 && Number(count) <= mostTokens
    ? Number(count)
    : undefined;
}

const lf = 0x0a;
const mention: Buffer = Buffer.from('"usage"');

/** Lines of `text/event-stream` (HTML standard, section 9.2.5); of all events only two speak of tokens. */
function readEvents(note: (usage: unknown) => void): (part: Buffer) => void {
  let held: Buffer | undefined;
  let tooLong = false;
  const line = (bytes: Buffer): void => {
    if (bytes.indexOf(mention) < 0) return;
    const text = bytes.toString("utf8");
    if (!text.startsWith("data:")) return;
    const event = parsed(text.slice(5));
    if (event["type"] === "message_delta") note(event["usage"]);
    const { message } = event;
    if (event["type"] === "message_start" && typeof message === "object" && message !== null)
      note((message as Readonly<Record<string, unknown>>)["usage"]);
  };
  return (part) => {
    let from = 0;
    for (let end = part.indexOf(lf); end >= 0; end = part.indexOf(lf, from)) {
      const rest = part.subarray(from, end);
      if (!tooLong) line(held === undefined ? rest : Buffer.concat([held, rest]));
      held = undefined;
      tooLong = false;
      from = end + 1;
    }
    const size = (held?.length ?? 0) + part.length - from;
    tooLong ||= size > longestLine;
    if (tooLong) held = undefined;
    else if (from < part.length)
      held = Buffer.concat([held ?? Buffer.alloc(0), part.subarray(from)]);
  };
}

/** The `usage` object at the top of one JSON object, however long that is; its other values are passed over byte by byte. */
function readObject(note: (usage: unknown) => void): (part: Buffer) => void {
  let depth = 0;
  let inText = false;
  let escaped = false;
  /** The last text on the top level, which a colon makes a key. */
  let text = "";
  let isUsage = false;
  let usage: string | undefined;
  const step = (char: string): void => {
    if (usage !== undefined && usage.length < longestUsage) usage += char;
    if (inText) {
      if (escaped) escaped = false;
      else if (char === "\\") escaped = true;
      else if (char === '"') inText = false;
      else if (depth === 1 && text.length < mention.length) text += char;
      return;
    }
    if (char === '"') {
      inText = true;
      text = "";
    } else if (char === ":" && depth === 1) isUsage = text === "usage";
    else if (char === "," && depth === 1) isUsage = false;
    else if (char === "{" || char === "[") {
      depth += 1;
      if (depth === 2 && isUsage) usage = char;
    } else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth !== 1 || usage === undefined) return;
      note(parsed(usage));
      usage = undefined;
    }
  };
  return (part) => {
    for (const char of part.toString("latin1")) step(char);
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

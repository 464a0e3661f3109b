/**
 * Counts the tokens that a model's answers tell of, as they pass (usage.ts knows how each API says them). The bytes are looked at behind the bottle's back: none is changed, held up or kept longer than one small line.
 */
import type { Credential } from "./config.ts";
import type { ResponseHead } from "./http/response-head.ts";
import { usageFormats } from "./usage.ts";

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
  const format = usageFormats[dialect];
  if (format === undefined || status !== 200) return undefined;
  if (!format.path.test(target.split("?", 1)[0] ?? "")) return undefined;
  const type = fields.first("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "text/event-stream" && type !== "application/json") return undefined;
  const seen = noTokens();
  // What comes later counts for all before: the numbers of a stream are sums themselves.
  const note = (usage: unknown): void => {
    Object.assign(seen, format.read(usage));
  };
  return {
    push:
      type === "application/json"
        ? readObject(format.key, note)
        : dialect === "anthropic"
          ? readEvents(note)
          : readTails(format.key, note),
    end() {
      for (const name of Object.keys(seen) as (keyof TokenCounts)[]) {
        sums[name] += seen[name];
        seen[name] = 0;
      }
    },
  };
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

/** Bytes of a line's end: an event that ends an OpenAI stream repeats the whole answer before its `usage`. */
const longestTail = 16 * 1024;

/** Of each line of `text/event-stream` the last object of this key. In the model's words every quote has a backslash before it. */
function readTails(key: string, note: (usage: unknown) => void): (part: Buffer) => void {
  let tail = Buffer.alloc(0);
  const sought = `"${key}":`;
  const line = (): void => {
    const text = tail.toString("latin1");
    tail = Buffer.alloc(0);
    const found = text.lastIndexOf(sought);
    const usage = found < 0 ? undefined : objectAt(text, found + sought.length);
    if (usage !== undefined) note(parsed(usage));
  };
  const keep = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    tail = Buffer.concat([tail, bytes.subarray(-longestTail)]).subarray(-longestTail);
  };
  return (part) => {
    let from = 0;
    for (let end = part.indexOf(lf); end >= 0; end = part.indexOf(lf, from)) {
      keep(part.subarray(from, end));
      line();
      from = end + 1;
    }
    keep(part.subarray(from));
  };
}

/** The text of the JSON object that begins there; undefined if none does, or it does not end. */
function objectAt(text: string, at: number): string | undefined {
  const from = at + (/^ */.exec(text.slice(at, at + 4))?.[0].length ?? 0);
  if (text[from] !== "{") return undefined;
  let depth = 0;
  let inText = false;
  for (let index = from; index < text.length; index += 1) {
    const char = text[index];
    if (inText) {
      if (char === "\\") index += 1;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === "{") depth += 1;
    else if (char === "}" && (depth -= 1) === 0) return text.slice(from, index + 1);
  }
  return undefined;
}

/** The object of this key at the top of one JSON object, however long that is; its other values are passed over byte by byte. */
function readObject(sought: string, note: (usage: unknown) => void): (part: Buffer) => void {
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
      else if (depth === 1 && text.length <= sought.length) text += char;
      return;
    }
    if (char === '"') {
      inText = true;
      text = "";
    } else if (char === ":" && depth === 1) isUsage = text === sought;
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

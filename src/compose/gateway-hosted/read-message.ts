/** Reads a message of a hosted gateway: it sits beside a bottle, so every field is checked before anybody looks at it. */
import type { ErrorCode } from "../../errors/catalogue.ts";
import { catalogue } from "../../errors/catalogue.ts";
import type { AuditEvent, EngineQuestion } from "../../gateway/config.ts";
import { farTextLimit } from "./far-engine.ts";
import type { FromProgram, WireFault } from "./messages.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Characters of what it says of itself. */
const maxWords = 1000;
const events: ReadonlySet<unknown> = new Set<AuditEvent["event"]>([
  ...["request", "refused", "connect", "upgrade", "error", "start", "stop", "note"],
] as AuditEvent["event"][]);
const texts = ["authority", "method", "path", "code", "reason", "credential"] as const;
const counts = ["status", "sent", "received", "ms"] as const;

/** The message, or undefined for what is none; messages of streams are read by who keeps them. */
export function readFromProgram(fields: Fields): FromProgram | undefined {
  const { type } = fields;
  switch (type) {
    case "opened": {
      const at = number(fields["at"]);
      return at === undefined ? undefined : { type, at };
    }
    case "failed":
      return { type, error: readFault(fields["error"]) };
    case "not-replaced":
      return { type, why: text(fields["why"]) ?? "" };
    case "audit": {
      const event = readEvent(fields["event"]);
      return event === undefined ? undefined : { type, event };
    }
    case "stats":
      return { type, stats: readStats(record(fields["stats"])) };
    case "ask": {
      const id = number(fields["id"]);
      const question = readQuestion(record(fields["question"]));
      return id === undefined || question === undefined ? undefined : { type, id, question };
    }
    case "came":
    case "missed": {
      const stream = number(fields["stream"]);
      return stream === undefined ? undefined : { type, stream };
    }
    case "closed":
      return { type };
    default:
      return undefined;
  }
}

/** Fields that an event has, each of its own kind; what else is there is left out. */
function readEvent(value: unknown): AuditEvent | undefined {
  const fields = record(value);
  const { event, door } = fields;
  const at = number(fields["at"]);
  if (at === undefined || !events.has(event)) return undefined;
  const read: Record<string, unknown> = { at, event };
  if (door === "route" || door === "proxy") read["door"] = door;
  for (const name of texts) if (typeof fields[name] === "string") read[name] = fields[name];
  for (const name of counts)
    if (number(fields[name]) !== undefined) read[name] = number(fields[name]);
  return read as unknown as AuditEvent;
}

/** What is longer than it asks is no question of a gateway's. */
function readQuestion({ kind, url, text: body }: Fields): EngineQuestion | undefined {
  const data = kind === "url" ? url : kind === "text" ? body : undefined;
  if (typeof data !== "string" || Buffer.byteLength(data) > farTextLimit) return undefined;
  return kind === "url" ? { kind, url: data } : { kind: "text", text: data };
}

function readStats(fields: Fields): Extract<FromProgram, { type: "stats" }>["stats"] {
  const tokens = record(fields["tokens"]);
  const count = (from: Fields, name: string): number => number(from[name]) ?? 0;
  return {
    requests: count(fields, "requests"),
    refusals: count(fields, "refusals"),
    firstInjectedAt: number(fields["firstInjectedAt"]),
    tokens: {
      input: count(tokens, "input"),
      output: count(tokens, "output"),
      cacheRead: count(tokens, "cacheRead"),
      cacheWrite: count(tokens, "cacheWrite"),
    },
  };
}

function readFault(value: unknown): WireFault {
  const { code, what, why, next } = record(value);
  const known = typeof code === "string" && Object.hasOwn(catalogue, code);
  return {
    code: known ? (code as ErrorCode) : "E_GATEWAY_HOST",
    what: text(what) ?? "The gateway beside the bottle failed.",
    ...(text(why) === undefined ? {} : { why: text(why) as string }),
    ...(text(next) === undefined ? {} : { next: text(next) as string }),
  };
}

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, maxWords) : undefined;
}

/** The `Connection` field: whether the connection goes on, and which fields belong to this hop only (RFC 9110 section 7.6.1). */
import { malformed } from "../refusal.ts";
import { all, tokenTable } from "./chars.ts";
import type { Fields } from "./fields.ts";

/** Fields that never cross the gateway, whatever `Connection` says. */
const always: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "proxy-authentication-info",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Naming one of these would take away what makes the message mean what it means. */
const indispensable: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding"]);

export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  /** Whether a field belongs to this hop only; lower-case names. */
  isHop(lower: string): boolean;
}

const none: ConnectionOptions = {
  close: false,
  keepAlive: false,
  isHop: (lower) => always.has(lower),
};

/** Reads every `Connection` field of a head. */
export function connectionOptions(fields: Fields): ConnectionOptions {
  if (!fields.lowers.includes("connection")) return none;
  const options = new Set<string>();
  for (let index = 0; index < fields.size; index += 1) {
    if (fields.lowers[index] !== "connection") continue;
    for (const part of (fields.values[index] as string).split(",")) {
      const option = part.trim().toLowerCase();
      if (!all(option, 0, option.length, tokenTable))
        throw malformed("its connection field is not a list of names");
      if (indispensable.has(option))
        throw malformed("its connection field names a field that must stay");
      options.add(option);
    }
  }
  return {
    close: options.has("close"),
    keepAlive: options.has("keep-alive"),
    isHop: (lower) => always.has(lower) || options.has(lower),
  };
}

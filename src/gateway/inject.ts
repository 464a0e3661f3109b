/** Rebuilds a request head for its authority: hop-by-hop fields and the agent's credentials go, the real one comes. */
import { hostField } from "./authority.ts";
import type { Credential } from "./config.ts";
import { carriesCredential } from "./foreign.ts";
import { chunked } from "./http/framing.ts";
import { queryOf } from "./path.ts";
import type { OutgoingRequest } from "./upstream/upstream-side.ts";

export interface Injection {
  readonly set: Credential["set"];
  readonly query: Credential["query"];
  /** Lower-case names: all of `strip`, and those that are set. */
  readonly removed: ReadonlySet<string>;
}

/** What an injection removes and sets. */
export function injectionOf(credential: Credential): Injection {
  return {
    set: credential.set,
    query: credential.query,
    removed: new Set([
      ...credential.strip,
      ...credential.set.map(({ name }) => name.toLowerCase()),
      // Answers to injected requests are read for the secret, so they must be readable.
      "accept-encoding",
      // A secret in an echo, fetched range by range, would never be seen whole.
      "range",
      "if-range",
      // Encodes an answer without saying so in Content-Encoding (RFC 3229 section 10.5.3).
      "a-im",
    ]),
  };
}

/**
 * The target as it goes out: of the parameter that carries the secret there is one. All others stay byte for byte; one
 * that reads as the same name in any spelling goes.
 */
export function injectedTarget(target: string, query: Credential["query"]): string {
  if (query === undefined) return target;
  const path = target.slice(0, target.length - queryOf(target).length);
  const others = queryOf(target)
    .slice(1)
    .split("&")
    .filter((part) => part !== "" && !new URLSearchParams(part).has(query.name));
  const own = `${encodeURIComponent(query.name)}=${encodeURIComponent(query.value)}`;
  return `${path}?${[...others, own].join("&")}`;
}

/**
 * Whatever else could make the request another account's goes too. Some servers make one name of `X_Api_Key` and
 * `X-Api-Key` (RFC 3875 section 4.1.18).
 */
export function isRemoved(lower: string, injection: Injection | undefined): boolean {
  if (injection === undefined) return false;
  const { removed } = injection;
  if (removed.has(lower) || carriesCredential(lower)) return true;
  return lower.includes("_") && removed.has(lower.replaceAll("_", "-"));
}

/** The codings that the gateway can read: no other is ever offered to an upstream. */
const readable = /^(?:gzip|x-gzip|deflate|br|identity)[ \t]*(?:;|$)/i;

/** What is left of an `Accept-Encoding`: as it came where it offers nothing else, zstd for instance. */
export function readableCodings(value: string): string {
  const parts = value.split(",").map((part) => part.trim());
  const kept = parts.filter((part) => readable.test(part));
  if (kept.length === parts.length) return value;
  return kept.length === 0 ? "identity" : kept.join(", ");
}

/** The head as it goes out; every other field keeps its place, name and value byte for byte. */
export function upstreamHead(request: OutgoingRequest): string {
  const { head, authority, target, framing, injection, upgrade } = request;
  let text = `${head.method} ${target} HTTP/1.1\r\nHost: ${hostField(authority)}\r\n`;
  const { names, lowers, values } = head.fields;
  for (let index = 0; index < names.length; index += 1) {
    const lower = lowers[index] as string;
    if (lower === "host" || lower === "content-length" || lower === "expect") continue;
    if (head.connection.isHop(lower) || isRemoved(lower, injection)) continue;
    // Compressed frames could be neither scanned nor scrubbed.
    if (upgrade && lower === "sec-websocket-extensions") continue;
    const value = values[index] as string;
    text += `${names[index]}: ${lower === "accept-encoding" ? readableCodings(value) : value}\r\n`;
  }
  if (upgrade) text += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  else if (head.trailers) text += "TE: trailers\r\nConnection: TE\r\n";
  if (injection !== undefined) {
    text += "Accept-Encoding: identity\r\n";
    for (const { name, value } of injection.set) text += `${name}: ${value}\r\n`;
  }
  if (framing === chunked) text += "Transfer-Encoding: chunked\r\n";
  else if (framing > 0 || head.framing === chunked || head.fields.lowers.includes("content-length"))
    text += `Content-Length: ${framing}\r\n`;
  return `${text}\r\n`;
}

/** Fields as node:http2 takes them: one entry for each name, with a list where a name came more than once. */
import type { OutgoingHttpHeaders } from "node:http2";
import { hostField } from "../authority.ts";
import { chunked } from "../http/framing.ts";
import type { Fields } from "../http/fields.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { isRemoved, readableCodings } from "../inject.ts";
import type { OutgoingRequest } from "../upstream/upstream-side.ts";

function add(headers: OutgoingHttpHeaders, lower: string, value: string): void {
  const before = headers[lower];
  if (before === undefined) headers[lower] = value;
  else headers[lower] = Array.isArray(before) ? [...before, value] : [String(before), value];
}

function empty(): OutgoingHttpHeaders {
  // A field may be called `__proto__`.
  return Object.create(null) as OutgoingHttpHeaders;
}

/** A request's head as it goes out, with what is injected; what `upstreamHead` is for HTTP/1.1. */
export function requestHeaders(request: OutgoingRequest): OutgoingHttpHeaders {
  const { head, authority, target, framing, injection } = request;
  const headers = empty();
  headers[":method"] = head.method;
  headers[":scheme"] = authority.scheme;
  headers[":authority"] = hostField(authority);
  headers[":path"] = target;
  const { lowers, values } = head.fields;
  for (let index = 0; index < lowers.length; index += 1) {
    const lower = lowers[index] as string;
    if (lower === "host" || lower === "content-length" || lower === "expect") continue;
    if (head.connection.isHop(lower) || isRemoved(lower, injection)) continue;
    const value = values[index] as string;
    add(headers, lower, lower === "accept-encoding" ? readableCodings(value) : value);
  }
  if (head.trailers) headers["te"] = "trailers";
  if (injection !== undefined) {
    headers["accept-encoding"] = "identity";
    for (const { name, value } of injection.set) add(headers, name.toLowerCase(), value);
  }
  const declared = head.fields.lowers.includes("content-length");
  if (framing > 0 || (framing === 0 && (head.framing === chunked || declared)))
    headers["content-length"] = String(framing);
  return headers;
}

/** An answer's head for the bottle; what `responseHeadText` is for HTTP/1.1. */
export function responseHeaders(head: ResponseHead): OutgoingHttpHeaders {
  const headers = empty();
  headers[":status"] = head.status;
  const { lowers, values } = head.fields;
  const lengthless = head.framing < 0 || head.status < 200 || head.status === 204;
  for (let index = 0; index < lowers.length; index += 1) {
    const lower = lowers[index] as string;
    if (head.connection.isHop(lower) || lower === "x-claude-bottle") continue;
    if (lower === "content-length" && lengthless) continue;
    add(headers, lower, values[index] as string);
  }
  return headers;
}

/** Trailers; none are an empty map. */
export function trailerHeaders(trailers: Fields | undefined): OutgoingHttpHeaders {
  const headers = empty();
  for (const [index, lower] of (trailers?.lowers ?? []).entries())
    add(headers, lower, trailers?.values[index] as string);
  return headers;
}

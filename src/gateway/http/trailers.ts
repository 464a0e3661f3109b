/** Fields after a body: those that mean what they mean only in a head are dropped (RFC 9110 section 6.5.1). */
import { Fields } from "./fields.ts";

/** Framing, routing, modifiers, authentication, control of answers, and how content is read. */
const headOnly: ReadonlySet<string> = new Set([
  "age",
  "authorization",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "cookie",
  "date",
  "expect",
  "expires",
  "host",
  "http2-settings",
  "keep-alive",
  "location",
  "max-forwards",
  "pragma",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "range",
  "retry-after",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "vary",
  "www-authenticate",
  "x-claude-bottle",
]);

/** What goes on: undefined where nothing is left. `drops` names more that goes; `clean` takes secrets out. */
export function relayedTrailers(
  trailers: Fields | undefined,
  drops: (lower: string) => boolean,
  clean: (text: string) => string,
): Fields | undefined {
  if (trailers === undefined) return undefined;
  const relayed = new Fields();
  for (const [index, lower] of trailers.lowers.entries()) {
    if (headOnly.has(lower) || lower.startsWith("if-") || drops(lower)) continue;
    relayed.add(clean(trailers.names[index] as string), clean(trailers.values[index] as string));
  }
  return relayed.size === 0 ? undefined : relayed;
}

/** As text, for the scan. */
export function trailerText({ names, values }: Fields): string {
  return names.map((name, index) => `${name}: ${values[index]}\r\n`).join("");
}

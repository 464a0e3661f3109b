/**
 * Who may ask at a port: the person at this machine and his programs, and no website that is open in his browser. A website
 * could read an agent's server, and with an agent that works for it everything in the bottle, without being looked at.
 */
import type { Fields } from "../gateway/http/fields.ts";
import { Refusal, malformed } from "../gateway/refusal.ts";
import { isLoopback } from "./loopback.ts";

/** Throws a Refusal for what does not come from this machine itself. */
export function judgeRequest(fields: Fields): void {
  const host = only(fields, "host");
  // A name that an attacker made lead here (DNS rebinding): his page and this port would be one origin.
  if (host !== undefined && !isLoopback(host))
    throw new Refusal(
      "port-host",
      "A port of a bottle is called 127.0.0.1, localhost or a name that ends in .localhost.",
    );
  const origin = only(fields, "origin");
  const [, asker = ""] = /^https?:\/\/(.+)$/i.exec(origin ?? "") ?? [];
  if (isLoopback(asker)) return;
  // Fetch Metadata (W3C, section 2): browsers send it to every loopback address, and no page can change it.
  const site = only(fields, "sec-fetch-site");
  const from = site === undefined ? origin === undefined : sites.has(site.toLowerCase());
  if (!from)
    throw new Refusal(
      "port-cross-site",
      "A website asked for this page. Type its address yourself if you want to see it.",
    );
}

/** `none`: typed, a bookmark, or another program. */
const sites: ReadonlySet<string> = new Set(["same-origin", "same-site", "none"]);

/** Its one value; a browser never sends two. */
function only(fields: Fields, lower: string): string | undefined {
  const first = fields.lowers.indexOf(lower);
  if (first < 0) return undefined;
  if (fields.lowers.includes(lower, first + 1)) throw malformed(`it has two ${lower} fields`);
  return fields.values[first];
}

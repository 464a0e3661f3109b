/**
 * Who may ask at a port: the person at this machine and his programs, and no website that is open in his browser. A website
 * could read an agent's server, and with an agent that works for it everything in the bottle, without being looked at.
 */
import type { Fields } from "../gateway/http/fields.ts";
import { Refusal, malformed } from "../gateway/refusal.ts";
import { isLoopback, isLoopbackUrl } from "./loopback.ts";

/** A browser shall ask under another name. */
export class Moved extends Error {
  readonly location: string;

  constructor(location: string) {
    super("moved");
    this.location = location;
  }
}

/**
 * Throws a Refusal for what does not come from this machine itself, and Moved for a page that would share its origin, and
 * with it cookies, storage and service workers, with other servers of this machine. `name`: the bottle's, with its port.
 */
export function judgeRequest(target: string, fields: Fields, name: string): void {
  const host = only(fields, "host");
  // A name that an attacker made lead here (DNS rebinding): his page and this port would be one origin.
  if (host !== undefined && !isLoopback(host))
    throw new Refusal(
      "port-host",
      "A port of a bottle is called 127.0.0.1, localhost or a name that ends in .localhost.",
    );
  if (!isAskedHere(fields))
    throw new Refusal(
      "port-cross-site",
      "A website asked for this page. Type its address yourself if you want to see it.",
    );
  if (only(fields, "sec-fetch-mode") !== "navigate" || isNamed(host ?? "", name)) return;
  throw new Moved(`http://${name}${/^\/[!-~]*$/.test(target) ? target : "/"}`);
}

/** `none`: typed, a bookmark, or another program. */
const sites: ReadonlySet<string> = new Set(["same-origin", "same-site", "none"]);

/** Fetch Metadata (W3C, section 2): browsers send it to every loopback address, and no page can change it. */
function isAskedHere(fields: Fields): boolean {
  const site = only(fields, "sec-fetch-site");
  const asker =
    only(fields, "origin") ?? (site === undefined ? undefined : only(fields, "referer"));
  if (asker !== undefined && isLoopbackUrl(asker)) return true;
  return site === undefined ? asker === undefined : sites.has(site);
}

/** The bottle's own name or one below it, at any port of it. */
function isNamed(host: string, name: string): boolean {
  const [own, called] = [name, host].map((text) => text.toLowerCase().replace(/:\d+$/, ""));
  return called === own || called?.endsWith(`.${own}`) === true;
}

/** Its one value; a browser never sends two. */
function only(fields: Fields, lower: string): string | undefined {
  const first = fields.lowers.indexOf(lower);
  if (first < 0) return undefined;
  if (fields.lowers.includes(lower, first + 1)) throw malformed(`it has two ${lower} fields`);
  return fields.values[first];
}

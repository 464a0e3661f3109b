/** The one canonical authority of a request: one spelling for policy, credential, certificate, dial and audit. */
import { isIPv4, isIPv6 } from "node:net";
import type { Authority } from "./config.ts";
import { Refusal } from "./refusal.ts";

const schemePort: Readonly<Record<Authority["scheme"], number>> = { https: 443, http: 80 };

export interface HostPort {
  readonly host: string;
  /** Undefined where the text names none. */
  readonly port: number | undefined;
}

/**
 * `host`, `host:port`, `[v6]` or `[v6]:port`. Refuses user parts, percent signs, zone ids, a trailing dot, an empty
 * port, names beyond letters, digits and hyphens, and every spelling of an address but the plain one; only the case
 * of letters is folded, which DNS does as well (RFC 4343).
 */
export function parseHostPort(text: string): HostPort {
  const match = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::([1-9]\d{0,4}))?$/.exec(text);
  if (match === null) throw badAuthority();
  const [, name = "", digits] = match;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && port > 65_535) throw badAuthority();
  return { host: name.startsWith("[") ? ipv6(name) : nameOrIpv4(name.toLowerCase()), port };
}

function ipv6(bracketed: string): string {
  const text = bracketed.slice(1, -1);
  if (!isIPv6(text)) throw badAuthority();
  const host = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  if (host !== text.toLowerCase() || host.startsWith("::ffff:")) throw badAuthority();
  return host;
}

/** A last label of digits makes an address of the whole (WHATWG URL, "ends in a number"). */
function nameOrIpv4(host: string): string {
  const labels = host.split(".");
  if (!labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)))
    throw badAuthority();
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "") && !isIPv4(host)) throw badAuthority();
  return host;
}

function badAuthority(): Refusal {
  return new Refusal("bad-authority", "The host is not one plain name or address.");
}

/** One text for one authority, e.g. `https://example.org:443`. */
export function authorityKey(authority: Authority): string {
  return `${authority.scheme}://${bracketed(authority.host)}:${authority.port}`;
}

/** The authority that `authorityKey` made the text of. */
export function authorityOfKey(key: string): Authority {
  const [scheme = "", rest = ""] = key.split("://");
  const { host, port = 0 } = parseHostPort(rest);
  return { scheme: scheme === "https" ? "https" : "http", host, port };
}

/** The `Host` field for it: without the port where the scheme implies it (RFC 9110 section 7.2). */
export function hostField(authority: Authority): string {
  const host = bracketed(authority.host);
  return authority.port === schemePort[authority.scheme] ? host : `${host}:${authority.port}`;
}

/** Whether a `Host` field, as it was sent, names the authority. */
export function namesAuthority(field: string, authority: Authority): boolean {
  if (field === authority.host && authority.port === schemePort[authority.scheme]) return true;
  const { host, port } = parseHostPort(field);
  return host === authority.host && (port ?? schemePort[authority.scheme]) === authority.port;
}

/** An address literal rather than a name. */
export function isAddressLiteral(host: string): boolean {
  return host.includes(":") || isIPv4(host);
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

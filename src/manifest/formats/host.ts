/** One host as a person may write it, in the one form that policy compares: rejected, never repaired (RFC 1123, RFC 5952). */
import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import type { Format, Parsed } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { hasControls, quote } from "../quote.ts";
import { isPublicSuffix } from "./public-suffix.ts";

export interface HostOptions {
  /** `*.name` may be written. */
  readonly wildcard: boolean;
  /** Wildcards over names where strangers register, as a deny rule may use them. */
  readonly wide: boolean;
}

/** Parses a host without port: a name, `*.name`, an IPv4 address, or an IPv6 address without brackets. */
export function parseHost(text: string, options: HostOptions): Parsed<string> {
  const shape = shapeProblem(text);
  if (shape !== undefined) return shape;
  if (text.includes(":")) return parseIpv6(text);
  const host = text.toLowerCase();
  if (host.includes("*")) return parseWildcard(host, options);
  return parseName(host);
}

/** Faults that show what was meant: a URL, a path, a name in another script. */
function shapeProblem(text: string): ReturnType<typeof bad> | undefined {
  const fail = (why: string, next: string): ReturnType<typeof bad> =>
    bad("E_MANIFEST_HOST", `The host ${quote(text)} ${why}.`, next);
  if (text === "")
    return bad("E_MANIFEST_HOST", "The host is empty.", "Name one host, such as docs.example.org.");
  // Not quoted: what stands before an @ may be a password.
  if (text.includes("@"))
    return bad(
      "E_MANIFEST_HOST",
      "The host has a user part; it is not shown.",
      "Write the host alone.",
    );
  if (text.length > 253) return fail("is longer than 253 characters", "Name one host.");
  if (hasControls(text))
    return fail("has invisible or control characters", "Type it again by hand.");
  if (/[^\u0020-\u007e]/.test(text)) {
    const ascii = domainToASCII(text);
    return fail(
      "has characters outside ASCII",
      ascii === "" ? "Write its xn-- form." : `If you mean it, write ${quote(ascii)}.`,
    );
  }
  if (text.includes("://"))
    return fail("is a URL", "Write the host alone; ports go after a colon, paths under paths.");
  if (text.includes("/"))
    return fail("has a path", "Write the host alone, and the path under paths.");
  if (/[^A-Za-z0-9.:*-]/.test(text))
    return fail("has characters that no host has", "Use letters, digits, hyphens and dots.");
  if (text.endsWith(".")) return fail("ends in a dot", "Leave the last dot out.");
  return undefined;
}

function parseWildcard(host: string, options: HostOptions): Parsed<string> {
  if (!options.wildcard)
    return bad(
      "E_MANIFEST_HOST",
      `The pattern ${quote(host)} cannot stand here.`,
      "Name one host: a credential goes to nobody else.",
    );
  const base = host.slice(2);
  if (host === "*" || host === "*.")
    return bad(
      "E_MANIFEST_HOST",
      `The pattern ${quote(host)} means every host.`,
      "Name the hosts that the agent needs.",
    );
  if (!host.startsWith("*.") || base.includes("*")) {
    return bad(
      "E_MANIFEST_HOST",
      `In ${quote(host)} the star is in the wrong place.`,
      "A star may only be the first label: *.example.org.",
    );
  }
  const name = parseName(base);
  if (!name.ok) return name;
  if (/\.\d+$/.test(base))
    return bad(
      "E_MANIFEST_HOST",
      `${quote(host)} puts a star before an address.`,
      "Name the address alone.",
    );
  if (!options.wide && isPublicSuffix(base)) {
    return bad(
      "E_MANIFEST_HOST",
      `The pattern ${quote(host)} is too wide.`,
      "Name the hosts one by one.",
      `Anybody can get a name under ${base}.`,
    );
  }
  return good(host);
}

function parseName(host: string): Parsed<string> {
  const labels = host.split(".");
  // A last label that is a number makes an IPv4 address of the whole (WHATWG URL, "ends in a number"); only one spelling is taken.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) {
    if (isIPv4(host)) return good(host);
    return bad(
      "E_MANIFEST_HOST",
      `${quote(host)} is an unusual spelling of an IPv4 address.`,
      "Write four decimal numbers, such as 192.0.2.1.",
    );
  }
  const wrong = labels.find((label) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (wrong === undefined) return good(host);
  return bad(
    "E_MANIFEST_HOST",
    `The host ${quote(host)} has an empty or malformed part ${quote(wrong)}.`,
    "Use letters, digits and inner hyphens between the dots.",
  );
}

function parseIpv6(text: string): Parsed<string> {
  if (!isIPv6(text) || text.includes("%")) {
    return bad(
      "E_MANIFEST_HOST",
      `The host ${quote(text)} is neither a name nor an address.`,
      "Write host:port, or [address]:port for IPv6.",
    );
  }
  const host = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  if (host.startsWith("::ffff:"))
    return bad(
      "E_MANIFEST_HOST",
      `${quote(text)} is an IPv4 address in IPv6 form.`,
      "Write the IPv4 address.",
    );
  return good(host);
}

/** A host with an optional port: `name`, `name:port`, `[v6]:port`, or a bare IPv6 address. */
export function parseHostPort(
  text: string,
  options: HostOptions,
): Parsed<{ readonly host: string; readonly port: number | undefined }> {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  // Two colons and more make an IPv6 address; node:net's test for those is only paid for where it may be one.
  const plain = text.includes("://") ? null : /^([^:@]*):([^:@]*)$/s.exec(text);
  const [, name = "", portText] = bracketed ?? plain ?? [text, text, undefined];
  const host =
    bracketed === null
      ? parseHost(name, options)
      : name.includes(":")
        ? parseIpv6(name)
        : parseHost(text, options);
  if (!host.ok || portText === undefined)
    return host.ok ? good({ host: host.value, port: undefined }) : host;
  const port = parsePort(portText);
  return port.ok ? good({ host: host.value, port: port.value }) : port;
}

function parsePort(text: string): Parsed<number> {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return good(port);
  return bad(
    "E_MANIFEST_HOST",
    `${quote(text)} is not a port.`,
    "A port is a number from 1 to 65535.",
  );
}

/** The loopback interface or an address literal: the only hosts that plain http with a secret may go to (DESIGN section 5). */
export function isAddress(host: string): boolean {
  return host === "localhost" || isIPv4(host) || host.includes(":");
}

/** A host with an optional port. */
export function hostPortFormat(
  options: HostOptions,
): Format<{ readonly host: string; readonly port: number | undefined }> {
  return { name: "a host", json: {}, parse: (text) => parseHostPort(text, options) };
}

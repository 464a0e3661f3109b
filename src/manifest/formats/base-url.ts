/** The base URL of a service: scheme, host, optional port and path prefix, in one canonical form without a last slash. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { isAddress, parseHostPort } from "./host.ts";

export const baseUrlFormat: Format<string> = {
  name: "a URL",
  json: { pattern: "^https?://" },
  parse(text) {
    const [, scheme, authority = "", path = ""] = /^(https?):\/\/([^/]*)(\/.*)?$/s.exec(text) ?? [];
    if (scheme === undefined)
      return bad(
        "E_MANIFEST_VALUE",
        `${quote(text)} is not a URL.`,
        "Write https://host, with a port and a path if it has them.",
      );
    // Not quoted: what stands before an @ may be a password.
    if (authority.includes("@"))
      return bad(
        "E_MANIFEST_HOST",
        "The URL has a user part.",
        "Write it without, and name the secret under secret.",
      );
    const parsed = parseHostPort(authority, { wildcard: false, wide: false });
    if (!parsed.ok) return parsed;
    const { host, port } = parsed.value;
    if (scheme === "http" && !isAddress(host)) {
      return bad(
        "E_MANIFEST_VALUE",
        `${quote(text)} would send a secret unencrypted.`,
        "Use https, or name an address or localhost.",
      );
    }
    const prefix = path.replace(/\/$/, "");
    if (!/^(?:\/[\w.~-]{1,128}){0,8}$/.test(prefix) || /\/\.{1,2}(?:\/|$)/.test(prefix)) {
      return bad(
        "E_MANIFEST_VALUE",
        `The path of ${quote(text)} is not plain.`,
        "Use letters, digits and -._~ between single slashes.",
      );
    }
    const standard = scheme === "https" ? 443 : 80;
    const name = host.includes(":") ? `[${host}]` : host;
    return good(
      `${scheme}://${name}${port === undefined || port === standard ? "" : `:${port}`}${prefix}`,
    );
  },
};

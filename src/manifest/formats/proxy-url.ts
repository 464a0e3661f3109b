/** The address of a proxy that the gateway itself must use: scheme, host and port, and nothing else. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { parseHostPort } from "./host.ts";

export const proxyUrlFormat: Format<string> = {
  name: "the URL of a proxy",
  json: { pattern: "^https?://" },
  parse(text) {
    // Not quoted: what stands before an @ may be a password.
    if (text.includes("@"))
      return bad(
        "E_MANIFEST_HOST",
        "The URL has a user part; it is not shown.",
        "Write it without, and name user:password under auth.",
      );
    const [, scheme, authority = ""] = /^(https?):\/\/([^/]*)\/?$/s.exec(text) ?? [];
    if (scheme === undefined)
      return bad(
        "E_MANIFEST_VALUE",
        `${quote(text)} is not the URL of a proxy.`,
        "Write http://host:port or https://host:port, without a path.",
      );
    const parsed = parseHostPort(authority, { wildcard: false, wide: false });
    if (!parsed.ok) return parsed;
    const { host, port = scheme === "https" ? 443 : 80 } = parsed.value;
    return good(`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`);
  },
};
